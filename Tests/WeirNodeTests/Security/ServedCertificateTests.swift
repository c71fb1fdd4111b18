import Foundation
import Testing
import WeirTestSupport

@testable import WeirNode

@Suite struct ServedCertificateTests {
    private let folder: TemporaryDirectory
    private let certificates: Certificates
    private var paths: (certificate: String, key: String) { (folder.path + "/tls.pem", folder.path + "/tls.key") }

    init() throws {
        folder = try TemporaryDirectory()
        certificates = try Certificates()
        try put(certificates.text("node.pem"), certificates.text("node.key"))
    }

    private func put(_ certificate: String?, _ key: String?) throws {
        try certificate?.write(toFile: paths.certificate, atomically: true, encoding: .utf8)
        try key?.write(toFile: paths.key, atomically: true, encoding: .utf8)
    }

    @Test func whatTheFilesHoldIsTakenOverWhenTheyFit() throws {
        let served = try ServedCertificate(by: .http, certificate: paths.certificate, key: paths.key)
        #expect(try !served.renew())
        // One file after the other, as who replaces them does it.
        try put(certificates.text("client.pem"), nil)
        #expect(throws: SecurityFailure.self) { try served.renew() }
        try put(nil, certificates.text("client.key"))
        #expect(try served.renew())
        #expect(try !served.renew())
        try FileManager.default.removeItem(atPath: paths.certificate)
        #expect(throws: SecurityFailure.self) { try served.renew() }
        try put(certificates.text("node.pem") + certificates.text("ca.pem"), certificates.text("node.key"))
        #expect(try served.renew())
    }

    @Test func authoritiesThatChangeAreBelievedAndSuchAsCannotBeReadAreNot() throws {
        let path = folder.path + "/ca.pem"
        try certificates.text("ca.pem").write(toFile: path, atomically: true, encoding: .utf8)
        let served = try ServedCertificate(
            by: .lines,
            certificate: paths.certificate,
            key: paths.key,
            authorities: path
        )
        let both = try certificates.text("ca.pem") + Certificates().text("ca.pem")
        try both.write(toFile: path, atomically: true, encoding: .utf8)
        #expect(try served.renew())
        #expect(served.credentials.authorities == both)
        try "-----BEGIN CERTIFICATE-----\nnone\n".write(toFile: path, atomically: true, encoding: .utf8)
        #expect {
            try served.renew()
        } throws: { error in
            "\(error)".contains(path) && "\(error)".contains("openssl x509")
        }
        #expect(served.credentials.authorities == both)
    }

    @Test func whatCannotBeServedIsNamedWithWhatToDo() throws {
        func expect(_ parts: [String]) {
            #expect {
                try ServedCertificate(by: .http, certificate: paths.certificate, key: paths.key)
            } throws: { error in
                parts.allSatisfy { "\(error)".contains($0) }
            }
        }
        try put(nil, certificates.text("client.key"))
        expect([paths.certificate, paths.key, "openssl x509"])
        try put("-----BEGIN CERTIFICATE-----\nnone\n-----END CERTIFICATE-----\n", nil)
        expect([paths.certificate, "can't be used together"])
        try put("none", nil)
        expect([paths.certificate, "holds no PEM"])
        try FileManager.default.removeItem(atPath: paths.certificate)
        expect([paths.certificate, "can't be read"])
    }
}
