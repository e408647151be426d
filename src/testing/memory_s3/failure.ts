/** An error response of S3: https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html */
export class S3Failure extends Error {
  /** HTTP status. */
  readonly status: number;
  /** S3's error code. */
  readonly code: string;
  /** Further elements of the response's XML. */
  readonly details: Readonly<Record<string, string>>;
  /** Response headers. */
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    code: S3FailureCode,
    message: string,
    more: { details?: Record<string, string>; headers?: Record<string, string> } = {},
  ) {
    super(message);
    this.status = STATUS[code];
    this.code = code;
    this.details = more.details ?? {};
    this.headers = more.headers ?? {};
  }
}

/** The error codes of the in-memory S3. */
export type S3FailureCode = keyof typeof STATUS;

const STATUS = {
  NotModified: 304,
  AuthorizationHeaderMalformed: 400,
  AuthorizationQueryParametersError: 400,
  BadDigest: 400,
  EntityTooLarge: 400,
  EntityTooSmall: 400,
  ExpiredToken: 400,
  InvalidArgument: 400,
  InvalidDigest: 400,
  InvalidPart: 400,
  InvalidPartOrder: 400,
  InvalidRequest: 400,
  InvalidToken: 400,
  InvalidURI: 400,
  KeyTooLongError: 400,
  MalformedXML: 400,
  MissingContentMD5: 400,
  XAmzContentSHA256Mismatch: 400,
  AccessDenied: 403,
  InvalidAccessKeyId: 403,
  RequestTimeTooSkewed: 403,
  SignatureDoesNotMatch: 403,
  NoSuchBucket: 404,
  NoSuchKey: 404,
  NoSuchUpload: 404,
  MethodNotAllowed: 405,
  PreconditionFailed: 412,
  InvalidPartNumber: 416,
  InvalidRange: 416,
  NotImplemented: 501,
};
