#if WEIR_PLANTED_BUGS
    import Testing
    import WeirSimulator

    @Suite struct PlantedBugTests {
        @Test(arguments: PlantedBug.allCases)
        func theSimulatorFindsEveryPlantedBug(_ bug: PlantedBug) {
            let found = (1...200).first { Simulation.run(seed: $0, scale: .small, planting: bug).violation != nil }
            #expect(found != nil, "\(bug.rawValue) breaks nothing in 200 seeds")
        }
    }
#endif
