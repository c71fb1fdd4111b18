import HTTPTypes
import Hummingbird
import NIOCore

/// What a route answers.
struct APIResponse: Sendable {
    enum Body: Sendable {
        case bytes([UInt8])
        case stream(ResponseBody)
    }

    var status: HTTPResponse.Status
    var contentType: String
    var headers: HTTPFields = [:]
    var body: Body

    init(status: HTTPResponse.Status = .ok, contentType: String, body: Body) {
        self.status = status
        self.contentType = contentType
        self.body = body
    }

    static func json(_ bytes: [UInt8], _ status: HTTPResponse.Status = .ok) -> APIResponse {
        APIResponse(status: status, contentType: "application/json", body: .bytes(bytes + [0x0A]))
    }

    /// - Parameter isHead: whether only the head was asked for.
    func response(isHead: Bool = false) -> Response {
        var fields = headers
        fields[.contentType] = contentType
        fields[.cacheControl] = "no-store"
        fields[.xContentTypeOptions] = "nosniff"
        switch body {
        case .bytes(let bytes):
            if isHead { fields[.contentLength] = "\(bytes.count)" }
            return Response(
                status: status,
                headers: fields,
                body: isHead ? ResponseBody() : ResponseBody(byteBuffer: ByteBuffer(bytes: bytes))
            )
        case .stream(let body):
            return Response(status: status, headers: fields, body: isHead ? ResponseBody() : body)
        }
    }
}
