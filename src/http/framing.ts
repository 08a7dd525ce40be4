/**
 * Follows the framing of HTTP/1.1 requests on one connection (RFC 9112), ahead of Node's parser, for what the parser
 * lets pass or does not show: it takes other protocols and more spaces in a request line, drops what follows an offer
 * to upgrade, and bounds neither the extensions of all chunks together nor the size that a chunk announces. Pure.
 */
import { HalleyError } from '../platform/errors.ts';
import { limits } from '../platform/limits.ts';

const cr = 0x0d;
const lf = 0x0a;
const space = 0x20;
const tab = 0x09;
const colon = 0x3a;
const none: Buffer = Buffer.alloc(0);

/** Method, target and version, one space apart (RFC 9112, 3). Later code checks their values. */
const requestLine = /^[!#$%&'*+.^_`|~\w-]+ [\x21-\x7e\x80-\xff]+ HTTP\/\d\.\d$/;
const chunkLine = /^0*([0-9a-f]{1,13})((?:[ \t;].*)?)$/i;
const lengthValue = /^0*\d{1,20}$/;

const upgradeName = 'upgrade';
/** The name that replaces the Upgrade header: no parser knows it. */
export const hiddenUpgradeName = 'upgrad_';

type State =
  | 'between'
  | 'request-line'
  | 'header'
  | 'body'
  | 'chunk-size'
  | 'chunk-data'
  | 'chunk-end'
  | 'trailer'
  /** The head offers to go on as a WebSocket; what follows it is no HTTP. */
  | 'upgrade';

export class HttpFraming {
  readonly #bodyBytesMaxOfAll: number;
  #bodyBytesMax: number;
  #state: State = 'between';
  /** The start of a line that came in several chunks. */
  #line = '';
  /** The start of a name that may become `upgrade`, held back. */
  #held = none;
  #contentLength: number | undefined;
  #isChunked = false;
  /** Between requests: whether an empty line has begun. */
  #isAfterCr = false;
  /** Remaining bytes of the body or chunk. */
  #left = 0;
  #announced = 0;
  #extensionBytes = 0;
  #fault: HalleyError | undefined;
  readonly #mayUpgrade: (target: string) => boolean;
  /** Whether the present request may offer to upgrade, and whether it does. */
  #isUpgradable = false;
  #offersUpgrade = false;
  /** Whether the present request is the first one that begins in this chunk. */
  #isFirst = true;
  #rest = none;

  /**
   * @param bodyBytesMax what a chunked body may announce, unless `limitBody` sets another bound
   * @param mayUpgrade whether a GET of this target may become a WebSocket, when it is the next to be served
   */
  constructor(bodyBytesMax: number, mayUpgrade: (target: string) => boolean = () => false) {
    this.#bodyBytesMaxOfAll = bodyBytesMax;
    this.#bodyBytesMax = bodyBytesMax;
    this.#mayUpgrade = mayUpgrade;
  }

  /** What came with the head of a request that offers to upgrade, behind it. */
  get rest(): Buffer {
    return this.#rest;
  }

  /** Why nothing more may be read from the connection. */
  get fault(): HalleyError | undefined {
    return this.#fault;
  }

  /** Whether a request has begun to arrive and has not ended. */
  get isInside(): boolean {
    return this.#state !== 'between';
  }

  /**
   * Bounds what the present request may announce.
   * @returns false when it has already announced more
   */
  limitBody(bytesMax: number): boolean {
    this.#bodyBytesMax = bytesMax;
    return this.#announced <= bytesMax;
  }

  /**
   * @param chunk from the socket; changed in place where it hides an offer to upgrade
   * @returns what Node's parser may have: everything but empty lines that come alone, a few bytes held until the
   * next call, a fault with all that follows it, and what follows an offer to upgrade
   */
  push(chunk: Buffer): Buffer {
    const bytes = this.#held.length > 0 ? Buffer.concat([this.#held, chunk]) : chunk;
    this.#held = none;
    if (this.#fault || this.#state === 'upgrade') return none;
    this.#isFirst = true;
    const isIdle = this.#state === 'between';
    let offset = 0;
    while (offset < bytes.length) {
      const next = this.#step(bytes, offset);
      if (this.#fault) return bytes.subarray(0, offset);
      offset = next;
      if (this.#isOffered) {
        this.#rest = Buffer.from(bytes.subarray(offset));
        return bytes.subarray(0, offset);
      }
    }
    // Empty lines alone must not keep a connection open.
    if (isIdle && this.#state === 'between' && isEmptyLines(bytes)) return none;
    return this.#held.length === 0 ? bytes : bytes.subarray(0, bytes.length - this.#held.length);
  }

  /** Set by `#step`, which the compiler does not see. */
  get #isOffered(): boolean {
    return this.#state === 'upgrade';
  }

  /** @returns the position to continue at */
  #step(bytes: Buffer, offset: number): number {
    switch (this.#state) {
      case 'between':
        return this.#skipEmptyLine(bytes, offset);
      case 'body':
      case 'chunk-data':
        return this.#skipData(bytes, offset);
      default:
        return this.#takeLine(bytes, offset);
    }
  }

  #skipEmptyLine(bytes: Buffer, offset: number): number {
    const isPart = this.#isAfterCr ? bytes[offset] === lf : bytes[offset] === cr;
    this.#isAfterCr = isPart && !this.#isAfterCr;
    if (isPart) return offset + 1;
    this.#state = 'request-line';
    return offset;
  }

  #skipData(bytes: Buffer, offset: number): number {
    const skipped = Math.min(this.#left, bytes.length - offset);
    this.#left -= skipped;
    if (this.#left === 0) {
      if (this.#state === 'body') this.#endRequest();
      else this.#state = 'chunk-end';
    }
    return offset + skipped;
  }

  #takeLine(bytes: Buffer, offset: number): number {
    const end = bytes.indexOf(lf, offset);
    if (end === -1) {
      this.#keepPartial(bytes, offset);
      return bytes.length;
    }
    const isWhole = this.#line === '';
    if (isWhole && this.#state === 'header' && !isOfInterest(bytes, offset)) return end + 1;
    const text = this.#line + bytes.toString('latin1', offset, end);
    this.#line = '';
    if (!text.endsWith('\r')) this.#fail('Every line of a request must end with CR and LF.');
    else this.#readLine(text.slice(0, -1), isWhole ? bytes.subarray(offset, end) : none);
    return end + 1;
  }

  #keepPartial(bytes: Buffer, offset: number): void {
    const text = bytes.toString('latin1', offset);
    if (this.#state === 'header' && this.#line === '' && !this.#isUpgradable) {
      if (upgradeName.startsWith(text.toLowerCase())) {
        this.#held = bytes.subarray(offset);
        return;
      }
      hideUpgrade(bytes.subarray(offset));
    }
    this.#line += text;
    if (this.#state === 'chunk-size') this.#boundExtensions(this.#line.length);
  }

  /** @param bytes the line where it is complete, none otherwise */
  #readLine(text: string, bytes: Buffer): void {
    switch (this.#state) {
      case 'request-line':
        if (text.startsWith('CONNECT ')) this.#fail('CONNECT is not supported: this is not a proxy.');
        else if (requestLine.test(text)) {
          this.#state = 'header';
          this.#isUpgradable =
            this.#isFirst && text.startsWith('GET ') && this.#mayUpgrade(text.split(' ', 2)[1] ?? '');
        } else
          this.#fail(
            'The request line is malformed: it must be method, target and version, one space apart.',
          );
        break;
      case 'header':
        if (text === '') this.#endHead();
        else this.#readHeader(text, bytes);
        break;
      case 'chunk-size':
        this.#readChunkLine(text);
        break;
      case 'chunk-end':
        if (text === '') this.#state = 'chunk-size';
        else this.#fail('A chunk of the request body is longer than its stated size.');
        break;
      case 'trailer':
        if (text === '') this.#endRequest();
    }
  }

  #readHeader(text: string, bytes: Buffer): void {
    if (!this.#isUpgradable) hideUpgrade(bytes);
    const end = text.indexOf(':');
    const name = text.slice(0, end).toLowerCase();
    const value = text.slice(end + 1).trim();
    if (name === 'content-length') {
      if (this.#contentLength !== undefined) this.#fail('The request has more than one Content-Length.');
      else if (!lengthValue.test(value)) this.#fail('Content-Length must be a whole number of bytes.');
      this.#contentLength = Number(value);
    } else if (name === 'transfer-encoding') {
      if (this.#isChunked || value.toLowerCase() !== 'chunked') {
        this.#fail('Transfer-Encoding must be exactly "chunked".');
      }
      this.#isChunked = true;
    } else if (name === upgradeName) {
      this.#offersUpgrade = this.#isUpgradable;
    } else if (text.startsWith(' ') || text.startsWith('\t')) {
      this.#fail('A header line begins with a space. Write each header on one line.');
    }
  }

  #endHead(): void {
    const hasBody = this.#isChunked || (this.#contentLength ?? 0) > 0;
    if (this.#offersUpgrade && hasBody) this.#fail('A request that offers to upgrade must have no body.');
    else if (this.#offersUpgrade) this.#state = 'upgrade';
    else if (this.#isChunked && this.#contentLength !== undefined) {
      this.#fail('The request has both Content-Length and Transfer-Encoding. Send one.');
    } else if (this.#isChunked) this.#state = 'chunk-size';
    else if (this.#contentLength) {
      this.#left = this.#contentLength;
      this.#state = 'body';
    } else this.#endRequest();
  }

  #endRequest(): void {
    this.#state = 'between';
    this.#isFirst = false;
    this.#contentLength = undefined;
    this.#isChunked = false;
    this.#announced = 0;
    this.#extensionBytes = 0;
    this.#bodyBytesMax = this.#bodyBytesMaxOfAll;
  }

  #readChunkLine(text: string): void {
    const [, size = '', extension = ''] = chunkLine.exec(text) ?? [];
    if (size === '') {
      this.#fail('The size of a chunk of the request body is not a hexadecimal number.');
      return;
    }
    this.#boundExtensions(extension.length);
    this.#extensionBytes += extension.length;
    this.#left = Number.parseInt(size, 16);
    this.#announced += this.#left;
    if (this.#announced > this.#bodyBytesMax) this.#fault ??= new HalleyError('body_too_large');
    this.#state = this.#left === 0 ? 'trailer' : 'chunk-data';
  }

  #boundExtensions(further: number): void {
    if (this.#extensionBytes + further <= limits.chunk_extension_bytes_max) return;
    const message = 'The chunks of the request body have too many extensions. Send none.';
    this.#fault ??= new HalleyError('body_too_large', { message });
  }

  #fail(message: string): void {
    this.#fault = new HalleyError('malformed_request', { message });
  }
}

function isEmptyLines(bytes: Buffer): boolean {
  for (const byte of bytes) if (byte !== cr && byte !== lf) return false;
  return true;
}

/** Whether a header line may determine the framing, by the length of its name. */
function isOfInterest(bytes: Buffer, offset: number): boolean {
  const first = bytes[offset];
  if (first === cr || first === lf || first === space || first === tab) return true;
  return bytes[offset + 7] === colon || bytes[offset + 14] === colon || bytes[offset + 17] === colon;
}

/**
 * Hides an offer to upgrade where there is nothing to upgrade to, which a server may ignore (RFC 9110, 7.8). Node's parser stops at one and loses
 * whatever follows it in the same chunk.
 */
function hideUpgrade(line: Buffer): void {
  const { length } = upgradeName;
  if (line[length] !== colon || line.toString('latin1', 0, length).toLowerCase() !== upgradeName) return;
  line.write(hiddenUpgradeName, 0, 'latin1');
}
