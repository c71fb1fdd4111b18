/// The look of the page: light or dark as the reader's system is, one column on a phone.
enum ReportStyle {
    static let css = """
        :root { color-scheme: light dark; --back: #f6f7f9; --card: #ffffff; --text: #16191d; --soft: #565e69; --edge: #d9dee5;
          --good: #17692f; --bad: #b3261e; --warn: #7a5200; --c1: #1f5fbf; --c2: #c2500a; --c3: #7b3fa0; --c4: #0b7a75; }
        @media (prefers-color-scheme: dark) {
          :root { --back: #101317; --card: #191d23; --text: #e8ebef; --soft: #a2abb7; --edge: #333a44;
            --good: #6fd08c; --bad: #ff8a80; --warn: #f0c060; --c1: #7fb0ff; --c2: #ffab6b; --c3: #cf9bf0; --c4: #5fd3cc; }
        }
        * { box-sizing: border-box; }
        body { margin: 0; background: var(--back); color: var(--text); font: 16px/1.5 system-ui, sans-serif; }
        main { max-width: 1120px; margin: 0 auto; padding: 20px 14px 48px; }
        h1 { font-size: 1.5rem; line-height: 1.25; margin: 0; overflow-wrap: anywhere; }
        h2 { font-size: 1.15rem; margin: 32px 0 10px; }
        .where { color: var(--soft); margin: 4px 0 18px; overflow-wrap: anywhere; }
        .verdicts { list-style: none; margin: 0 0 18px; padding: 0; display: grid; gap: 8px; }
        .verdicts li { background: var(--card); border: 1px solid var(--edge); border-left: 5px solid var(--soft);
          border-radius: 6px; padding: 8px 12px; overflow-wrap: anywhere; }
        .verdicts .good { border-left-color: var(--good); } .verdicts .good b { color: var(--good); }
        .verdicts .bad { border-left-color: var(--bad); } .verdicts .bad b { color: var(--bad); }
        .verdicts .warn { border-left-color: var(--warn); } .verdicts .warn b { color: var(--warn); }
        .tiles { display: grid; gap: 10px; grid-template-columns: repeat(auto-fit, minmax(148px, 1fr)); margin: 0; }
        .tiles div { background: var(--card); border: 1px solid var(--edge); border-radius: 8px; padding: 10px 12px; }
        .tiles dt { color: var(--soft); font-size: .85rem; }
        .tiles dd { margin: 0; font-size: 1.35rem; font-weight: 600; font-variant-numeric: tabular-nums; }
        .tiles dd small { display: block; font-size: .8rem; font-weight: 400; color: var(--soft); }
        .charts { display: grid; gap: 14px; grid-template-columns: repeat(auto-fit, minmax(min(100%, 420px), 1fr)); }
        figure { margin: 0; background: var(--card); border: 1px solid var(--edge); border-radius: 8px; padding: 12px;
          min-width: 0; }
        figcaption { font-weight: 600; } .unit { font-weight: 400; color: var(--soft); }
        .legend { list-style: none; display: flex; flex-wrap: wrap; gap: 2px 16px; margin: 4px 0 0; padding: 0; font-size: .9rem; }
        .key { display: inline-block; width: 18px; height: 0; border-top: 3px solid; vertical-align: middle; margin-right: 6px; }
        svg { display: block; width: 100%; height: auto; }
        svg text { fill: var(--soft); font: 12.5px system-ui, sans-serif; }
        svg .y { text-anchor: end; } svg .x, svg .name { text-anchor: middle; }
        .grid { stroke: var(--edge); stroke-width: 1; }
        .line { fill: none; stroke-width: 2; stroke-linejoin: round; }
        .line.c1 { stroke: var(--c1); } .line.c2 { stroke: var(--c2); stroke-dasharray: 7 3; }
        .line.c3 { stroke: var(--c3); stroke-dasharray: 2 3; } .line.c4 { stroke: var(--c4); stroke-dasharray: 9 3 2 3; }
        .dot.c1 { fill: var(--c1); } .dot.c2 { fill: var(--c2); }
        .key.c1 { border-color: var(--c1); } .key.c2 { border-color: var(--c2); border-style: dashed; }
        .key.c3 { border-color: var(--c3); border-style: dotted; } .key.c4 { border-color: var(--c4); border-style: dashed; }
        details { margin-top: 6px; } summary { cursor: pointer; color: var(--soft); font-size: .9rem; padding: 4px 0; }
        .scroll { overflow-x: auto; max-height: 320px; overflow-y: auto; }
        table { border-collapse: collapse; font-size: .9rem; font-variant-numeric: tabular-nums; min-width: 60%; }
        th, td { text-align: right; padding: 3px 10px; border-bottom: 1px solid var(--edge); }
        thead th { color: var(--soft); font-weight: 600; }
        .figures { width: 100%; background: var(--card); border: 1px solid var(--edge); }
        .figures th, .figures td { text-align: left; vertical-align: top; padding: 6px 10px; }
        .figures td { overflow-wrap: anywhere; }
        .figures th { white-space: nowrap; font-weight: 600; }
        footer { margin-top: 28px; color: var(--soft); font-size: .9rem; }
        @media (max-width: 520px) { .figures th { white-space: normal; } .tiles { grid-template-columns: 1fr 1fr; } }
        """
}
