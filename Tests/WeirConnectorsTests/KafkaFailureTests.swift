import Testing

@testable import WeirConnectors

struct KafkaFailureTests {
    private static let old: Int32 = 0x02_00_02_FF
    private static let new: Int32 = 0x02_06_01_FF

    private func timedOut(_ trouble: KafkaTrouble?, librdkafka version: Int32 = new) -> String {
        KafkaFailure(
            place: "kafka://a:1",
            doing: "publish",
            message: "Local: Message timed out",
            code: "_MSG_TIMED_OUT",
            trouble: trouble
        ).description(librdkafka: version)
    }

    @Test func theAdviceIsThatOfTheCauseAndNotOfTheTimeOut() {
        #expect(
            timedOut(nil).hasSuffix(
                "(_MSG_TIMED_OUT); see that the brokers run and can be reached, also at the addresses that they advertise"
            )
        )
        let certificate = timedOut(KafkaTrouble(message: "ssl://a:1: SSL handshake failed", code: "_SSL"))
        #expect(certificate.contains("Local: Message timed out; last trouble: ssl://a:1: SSL handshake failed (_MSG"))
        #expect(certificate.contains("kafka.tls_ca"))
        #expect(!certificate.contains("see that the brokers run"))
        let password = timedOut(KafkaTrouble(message: "SASL authentication error", code: "_AUTHENTICATION"))
        #expect(password.hasSuffix("; check kafka.sasl_mechanism, kafka.sasl_username and the password"))
        let closed = timedOut(KafkaTrouble(message: "ssl://a:1: Disconnected"))
        #expect(closed.contains("check kafka.transport, kafka.sasl_mechanism, and kafka.tls_certificate"))
    }

    @Test func scramOfAnOldLibraryIsNamedBesideThePassword() {
        let refused = KafkaTrouble(
            message: "invalid credentials with SASL mechanism SCRAM-SHA-512",
            code: "_AUTHENTICATION"
        )
        #expect(
            timedOut(refused, librdkafka: Self.old).contains(
                "check kafka.sasl_mechanism, kafka.sasl_username and the password"
            )
        )
        #expect(timedOut(refused, librdkafka: Self.old).contains("and this is 2.0.2"))
        #expect(!timedOut(refused, librdkafka: Self.new).contains("librdkafka"))
        let other = KafkaTrouble(message: "Invalid username or password", code: "_AUTHENTICATION")
        #expect(!timedOut(other, librdkafka: Self.old).contains("librdkafka"))
        let unknown = KafkaTrouble(
            message: "SASL PLAIN mechanism handshake failed: broker's supported mechanisms: SCRAM-SHA-512",
            code: "_AUTHENTICATION"
        )
        #expect(!timedOut(unknown, librdkafka: Self.old).contains("librdkafka"))
    }

    @Test func whatSaysLessDoesNotHideWhatSaysMore() {
        let down = KafkaTrouble(message: "1/1 brokers are down", code: "_ALL_BROKERS_DOWN")
        let closed = KafkaTrouble(message: "Disconnected")
        let transport = KafkaTrouble(message: "Connection refused", code: "_TRANSPORT")
        let certificate = KafkaTrouble(message: "SSL handshake failed", code: "_SSL")
        let ascending = [down, closed, transport, certificate]
        for (index, one) in ascending.enumerated() {
            #expect(one.replaces(nil))
            for (other, earlier) in ascending.enumerated() { #expect(one.replaces(earlier) == (index >= other)) }
        }
    }

    /// A handshake that the other side ends has a code and no trouble beside it.
    @Test func whoeverEndsAHandshakeWantsItOtherwise() {
        let failure = KafkaFailure(
            place: "kafka://a:1",
            doing: "consume",
            message: "SSL handshake failed: Disconnected: connecting to a PLAINTEXT broker listener?",
            code: "_TRANSPORT"
        )
        #expect(failure.description.contains("check kafka.transport"))
    }

    @Test func whatATroubleSaysItselfIsSaidOnce() {
        let trouble = KafkaTrouble(message: "1/1 brokers are down", code: "_ALL_BROKERS_DOWN")
        let failure = KafkaFailure(
            place: "kafka://a:1",
            doing: "consume",
            message: trouble.message,
            code: trouble.code,
            trouble: trouble
        )
        #expect(
            failure.description.hasPrefix("consume at kafka://a:1: 1/1 brokers are down (_ALL_BROKERS_DOWN); see that")
        )
    }
}
