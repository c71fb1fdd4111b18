#!/usr/bin/env python3
"""Looks at a node's dashboard with a real Chromium.

usage: dashboard.py URL EVENTS-COMMAND... : opens URL, runs the command, which sends events and flushes, and expects the page to show
them without being loaded again. Prints what was found wrong, one a line; exit code 1 if anything was.

usage: dashboard.py --screenshot FILE URL : a picture of the page, for documentation.
"""

import subprocess
import sys

from browser import Browser

HOSTILE = "<img src=x onerror=\"document.title='hacked'\">"


def check(url, command):
    wrong = []

    def expect(holds, what):
        if not holds:
            wrong.append(what)

    browser = Browser()
    try:
        browser.open(url)
        browser.wait("document.documentElement.dataset.ready === 'yes'")
        expect(browser.run("!document.getElementById('empty').hidden"), "without windows the page does not say so")
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)

        # By the stream, as windows close.
        browser.wait("document.querySelectorAll('#charts svg.chart').length === 6")
        expect(browser.run("document.getElementById('empty').hidden"), "the page still says that there are no windows")
        browser.wait("document.querySelector('#tiles').innerText.includes('Generations')")

        # By asking again.
        browser.wait("document.querySelector('#health').textContent === 'ready'")
        browser.wait("document.querySelector('#worker-table').innerText.includes('worker-1')")
        browser.wait("document.querySelector('#ingest-table').innerText.includes('ingest-1')")
        browser.wait("document.querySelector('#alert-table').innerText.includes('model_quality_fell')")
        browser.wait("document.querySelector('#quarantine-table').innerText.includes('malformed_json')")

        # What events hold is text.
        browser.wait("document.querySelector('#group-table').innerText.includes('onerror')")
        expect(browser.run("document.title") != "hacked", "the name of a model was run as a script")
        expect(browser.run("document.querySelectorAll('img').length") == 0, "the name of a model became an element")
        expect(browser.run(f"[...document.querySelectorAll('#group-table td')].some((cell) => cell.textContent === {HOSTILE!r})"),
               "the name of a model is not shown as it is")

        # Every chart has its words and its table; arrow keys read it.
        charts = browser.run("document.querySelectorAll('figure').length")
        expect(browser.run("document.querySelectorAll('figure svg.chart[role=img][aria-label]').length") == charts,
               "a chart has no words")
        browser.run("document.querySelector('figure summary').click()")
        browser.wait("document.querySelectorAll('figure details[open] tbody tr').length > 2")
        browser.run("document.querySelector('#charts svg.chart').focus()")
        browser.press("ArrowLeft")
        expect(":" in (browser.run("document.querySelector('#charts .readout').textContent") or ""),
               "the arrow keys read nothing")
        browser.press("Tab")
        expect(browser.run("document.activeElement.tagName") == "SUMMARY", "the Tab key does not lead from a chart to its table")

        # Choosers.
        for kind in ("hourly", "monthly", "streaming"):
            browser.run(f"{{ const type = document.getElementById('type'); type.value = '{kind}'; type.dispatchEvent(new Event('change')) }}")
            browser.wait("document.querySelectorAll('#charts svg.chart').length === 6")
        for group in ("stage", "node_type", "model"):
            browser.run(f"{{ const by = document.getElementById('by'); by.value = '{group}'; by.dispatchEvent(new Event('change')) }}")
            browser.wait("document.querySelectorAll('#group-table tbody tr').length > 0")

        # Small and dark.
        for width in (320, 390, 768, 1280):
            browser.resize(width, 800)
            browser.wait("document.querySelectorAll('#charts svg.chart').length === 6")
            browser.wait("document.documentElement.scrollWidth <= window.innerWidth")
        browser.send("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": "dark"}])
        expect(browser.run("getComputedStyle(document.body).backgroundColor") != "rgb(246, 247, 249)", "dark is not dark")

        expect(browser.hosts() == {url.split("/")[2]}, f"the page asked others: {browser.hosts()}")
        wrong.extend(browser.complaints())
    finally:
        browser.close()
    return wrong


def screenshot(file, url):
    browser = Browser(1200, 960)
    try:
        browser.open(url)
        browser.wait("document.documentElement.dataset.ready === 'yes'")
        browser.wait("document.querySelectorAll('#charts svg.chart').length === 6")
        browser.screenshot(file)
    finally:
        browser.close()


if __name__ == "__main__":
    if len(sys.argv) == 4 and sys.argv[1] == "--screenshot":
        screenshot(sys.argv[2], sys.argv[3])
        sys.exit(0)
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    problems = check(sys.argv[1], sys.argv[2:])
    print("\n".join(problems) or "nothing wrong")
    sys.exit(1 if problems else 0)
