// swift-tools-version: 6.2
import PackageDescription

/// With WEIR_STRICT in the environment, as in CI, a warning fails the build.
let isStrict = Context.environment["WEIR_STRICT"] != nil

/// What computes is optimised in debug builds too, with its assertions: tests of it take a tenth of the time. For a debugger, leave it out.
let optimized: [SwiftSetting] = [
    .unsafeFlags(["-O", "-assert-config", "Debug"], .when(configuration: .debug))
]

/// Targets depend downward only; see Sources/WeirNode/WeirNode.docc/Architecture.md for what each one is for.
let package = Package(
    name: "weir",
    products: [
        .executable(name: "weir", targets: ["weir"]),
        .executable(name: "weirctl", targets: ["weirctl"]),
        .executable(name: "weir-bench", targets: ["weir-bench"]),
        .executable(name: "weirload", targets: ["weirload"]),
        .executable(name: "weir-simulate", targets: ["weir-simulate"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-distributed-tracing", from: "1.7.3"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/HdrHistogram/hdrhistogram-swift", from: "0.2.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        // Pure: no Foundation, no I/O, no clock.
        .target(name: "WeirCore", swiftSettings: optimized),
        .target(name: "CSimdjson", cxxSettings: [.unsafeFlags(["-O3"])], linkerSettings: [.linkedLibrary("simdjson")]),
        .target(name: "WeirParser", dependencies: ["WeirCore", "CSimdjson"], swiftSettings: optimized),
        .target(name: "WeirWire", dependencies: ["WeirCore"], swiftSettings: optimized),
        .target(name: "WeirCluster", dependencies: ["WeirCore", "WeirWire"], swiftSettings: optimized),
        .target(
            name: "WeirSimulator",
            dependencies: ["WeirCore", "WeirWire", "WeirCluster"],
            swiftSettings: optimized + [.define("WEIR_PLANTED_BUGS", .when(configuration: .debug))]
        ),

        // I/O.
        .systemLibrary(name: "CNNG"),
        .target(
            name: "NNG",
            dependencies: [
                "CNNG",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOTLS", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ]
        ),
        .systemLibrary(name: "CPostgreSQL"),
        .target(name: "PostgreSQL", dependencies: ["CPostgreSQL"]),
        .target(name: "CCRC32C", cSettings: [.unsafeFlags(["-O3"])]),
        .target(
            name: "WeirStorage",
            dependencies: [
                "WeirCore", "WeirWire", "WeirCluster", "CCRC32C", "PostgreSQL",
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "GRDBSQLite", package: "GRDB.swift"),
            ]
        ),
        .systemLibrary(name: "CKafka"),
        .target(
            name: "WeirConnectors",
            dependencies: ["WeirCore", "WeirCluster", "WeirWire", "NNG", "PostgreSQL", "CKafka"]
        ),
        .systemLibrary(name: "CZlib"),
        .systemLibrary(name: "CMalloc"),
        .target(
            name: "WeirNode",
            dependencies: [
                "WeirCore", "WeirParser", "WeirWire", "WeirCluster", "WeirStorage", "WeirConnectors", "NNG",
                "PostgreSQL",
                "CZlib", "CMalloc",
                "Yams",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOFoundationCompat", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "Tracing", package: "swift-distributed-tracing"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdTLS", package: "hummingbird"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ],
            resources: [
                .embedInCode("Dashboard/dashboard.html"), .embedInCode("Dashboard/dashboard.css"),
                .embedInCode("Dashboard/main.js"), .embedInCode("Dashboard/chart.js"),
                .embedInCode("Dashboard/elements.js"), .embedInCode("Dashboard/format.js"),
            ]
        ),

        // Commands.
        .executableTarget(
            name: "weir",
            dependencies: [
                "WeirCore", "WeirWire", "WeirNode",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
            ]
        ),
        .executableTarget(
            name: "weirctl",
            dependencies: [
                "WeirCore", "WeirWire", "WeirNode", "WeirStorage", "WeirConnectors",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ]
        ),
        .target(
            name: "WeirLoad",
            dependencies: [
                "WeirCore", "WeirParser", .product(name: "Histogram", package: "hdrhistogram-swift"),
            ],
            swiftSettings: optimized
        ),
        .executableTarget(
            name: "weirload",
            dependencies: [
                "WeirCore", "WeirWire", "WeirLoad", "WeirNode", "NNG",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ]
        ),
        .executableTarget(
            name: "weir-simulate",
            dependencies: ["WeirSimulator", .product(name: "ArgumentParser", package: "swift-argument-parser")]
        ),

        // For deploy/churn.sh, deploy/fuzz.sh and the tests.
        .executableTarget(
            name: "weir-fuzz",
            dependencies: [
                "WeirCore", "WeirParser", "WeirWire", "WeirCluster", "WeirStorage",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ]
        ),
        .executableTarget(name: "weir-churn", linkerSettings: [.linkedLibrary("nng")]),
        .executableTarget(name: "weir-kafka-mock", linkerSettings: [.linkedLibrary("rdkafka")]),
        .executableTarget(
            name: "weir-bench",
            dependencies: [
                "WeirCore", "CSimdjson", "WeirParser", "WeirWire", "WeirCluster", "WeirNode", "NNG",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ]
        ),

        // Tests.
        .target(name: "WeirTestSupport", dependencies: ["WeirCore"], path: "Tests/WeirTestSupport"),
        .testTarget(name: "WeirCoreTests", dependencies: ["WeirCore", "WeirTestSupport"]),
        .testTarget(name: "WeirParserTests", dependencies: ["WeirParser", "CSimdjson", "WeirTestSupport"]),
        .testTarget(name: "WeirWireTests", dependencies: ["WeirWire", "WeirTestSupport"]),
        .testTarget(name: "WeirClusterTests", dependencies: ["WeirCluster", "WeirTestSupport"]),
        .testTarget(
            name: "WeirSimulatorTests",
            dependencies: ["WeirSimulator"],
            swiftSettings: optimized + [.define("WEIR_PLANTED_BUGS", .when(configuration: .debug))]
        ),
        .testTarget(
            name: "WeirStorageTests",
            dependencies: ["WeirStorage", "CCRC32C", "PostgreSQL", "WeirTestSupport"]
        ),
        .testTarget(
            name: "NNGTests",
            dependencies: [
                "NNG", "WeirCore", "WeirTestSupport",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOEmbedded", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOTLS", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ]
        ),
        .testTarget(
            name: "WeirConnectorsTests",
            dependencies: ["WeirConnectors", "PostgreSQL", "weir-kafka-mock", "WeirTestSupport"]
        ),
        .testTarget(
            name: "WeirEndToEndTests",
            dependencies: ["weir", "weirctl", "weirload", "weir-churn", "weir-kafka-mock", "WeirTestSupport"]
        ),
        .testTarget(name: "WeirLoadTests", dependencies: ["WeirCore", "WeirLoad", "WeirParser", "WeirTestSupport"]),
        .testTarget(
            name: "WeirNodeTests",
            dependencies: [
                "WeirNode", "WeirWire", "WeirCluster", "WeirStorage", "NNG", "PostgreSQL", "WeirParser",
                "WeirTestSupport",
                .product(name: "Tracing", package: "swift-distributed-tracing"),
            ]
        ),
    ],
    swiftLanguageModes: [.v6],
    cxxLanguageStandard: .cxx17
)

if isStrict {
    for target in package.targets where target.type != .system {
        target.swiftSettings = (target.swiftSettings ?? []) + [.treatAllWarnings(as: .error)]
    }
}
