import { BadRequestError } from '../errors.ts';
import type { LimitSettings } from '../settings.ts';
import type { BatchBuilder } from './builder.ts';
import { LEVEL } from './fields.ts';
import type { Level } from './fields.ts';
import { OtlpFeatures } from './otlp-features.ts';
import { OtlpValueReader } from './otlp-values.ts';
import { ToldTwice } from './otlp-merge.ts';
import { RecordScratch } from './record.ts';
import type { TextTable } from './text-table.ts';
import { WIRE, WireReader } from './wire.ts';

const LOG = {
  time: 1,
  severity: 2,
  body: 5,
  attributes: 6,
  dropped: 7,
  traceId: 9,
  spanId: 10,
  observed: 11,
  event: 12,
} as const;

interface ReaderOptions {
  readonly builder: BatchBuilder;
  readonly texts: TextTable;
  readonly limits: LimitSettings;
}

/**
 * Reads an ExportLogsServiceRequest straight into columns. Throws BadRequestError when the bytes are none, ToldTwice when
 * they are to be merged first; nothing of the request is to be kept then.
 */
export function readOtlpProtobuf(body: Buffer, options: ReaderOptions): void {
  new LogsReader(body, options).read();
}

class LogsReader {
  readonly #reader: WireReader;
  readonly #values: OtlpValueReader;
  readonly #features: OtlpFeatures;
  readonly #builder: BatchBuilder;
  readonly #inherited: RecordScratch;
  readonly #resource: RecordScratch;
  #scope = '';
  #event = '';
  #attributes = 0;
  #hasBody = false;
  #traceId = '';
  #spanId = '';

  constructor(body: Buffer, options: ReaderOptions) {
    this.#reader = new WireReader(body);
    this.#values = new OtlpValueReader(this.#reader, options);
    this.#features = new OtlpFeatures(this.#reader, { ...options, values: this.#values });
    this.#builder = options.builder;
    this.#values.late = this.#features;
    this.#builder.record.late = this.#features;
    this.#inherited = new RecordScratch(options.limits);
    this.#resource = new RecordScratch(options.limits);
  }

  read(): void {
    this.#reader.each(this.#reader.bytes.length, (field, end) => {
      if (field === 1) this.#resourceLogs(end);
    });
  }

  /** Twice over the same bytes: the resource may stand behind the records it is for. */
  #resourceLogs(end: number): void {
    const from = this.#reader.at;
    this.#inherited.begin();
    this.#reader.each(end, (field, fieldEnd) => {
      if (field === 1) this.#inherit(fieldEnd, 1, LEVEL.resource);
    });
    this.#resource.begin();
    this.#resource.inherit(this.#inherited);
    this.#reader.at = from;
    this.#reader.each(end, (field, fieldEnd) => {
      if (field === 2) this.#scopeLogs(fieldEnd);
    });
  }

  #scopeLogs(end: number): void {
    const from = this.#reader.at;
    this.#inherited.begin();
    this.#scope = '';
    this.#reader.each(end, (field, fieldEnd) => {
      if (field === 1) this.#inherit(fieldEnd, 3, LEVEL.scope);
    });
    this.#inherited.inherit(this.#resource);
    this.#reader.at = from;
    this.#reader.each(end, (field, fieldEnd) => {
      if (field === 2) this.#logRecord(fieldEnd);
    });
  }

  #inherit(end: number, attributesField: number, level: Level): void {
    this.#reader.each(end, (field, fieldEnd) => {
      if (field === attributesField) this.#values.attribute(fieldEnd, this.#inherited, level);
      else if (level === LEVEL.scope && field === 1) this.#scope = this.#values.text(fieldEnd);
    });
  }

  #logRecord(end: number): void {
    const { record } = this.#builder;
    this.#builder.begin();
    this.#features.clear();
    this.#attributes = 0;
    this.#hasBody = false;
    this.#event = '';
    this.#traceId = '';
    this.#spanId = '';
    while (this.#reader.at < end) this.#logField(this.#reader.tag(end), end);
    record.inherit(this.#inherited);
    record.identify(this.#traceId, this.#spanId);
    this.#builder.endEvent(this.#event === '' ? null : this.#event, this.#scope);
  }

  #logField(field: number, end: number): void {
    const reader = this.#reader;
    if (field === LOG.time) {
      if (reader.wire !== WIRE.fixed64) throw notLogs();
      reader.moment(end, this.#builder.moment);
    } else if (field === LOG.observed && reader.wire === WIRE.fixed64)
      reader.moment(end, this.#builder.observed);
    else if (field === LOG.severity && reader.wire !== WIRE.varint) throw notLogs();
    else if (field === LOG.dropped && reader.wire === WIRE.varint) {
      if (reader.uint(end) > 0) this.#builder.record.dropped();
    } else if (reader.wire !== WIRE.bytes) reader.skip(end);
    else {
      const fieldEnd = reader.sub(end);
      this.#logBytes(field, fieldEnd);
      reader.at = fieldEnd;
    }
  }

  #logBytes(field: number, end: number): void {
    const { record } = this.#builder;
    const length = end - this.#reader.at;
    if (field === LOG.attributes) {
      this.#values.recordAttribute(end, record, this.#attributes);
      this.#attributes += 1;
    } else if (field === LOG.event) this.#event = this.#values.text(end);
    else if (field === LOG.body) this.#body(end, record);
    else if (field === LOG.traceId && length === 16) this.#traceId = this.#hex(end);
    else if (field === LOG.spanId && length === 8) this.#spanId = this.#hex(end);
  }

  #body(end: number, record: RecordScratch): void {
    if (this.#hasBody) throw new ToldTwice();
    this.#hasBody = true;
    this.#values.body(end, record);
  }

  #hex(end: number): string {
    return this.#reader.bytes.toString('hex', this.#reader.at, end);
  }
}

/** Logs and traces share field numbers; their wire types tell them apart. */
function notLogs(): BadRequestError {
  return new BadRequestError(
    'The body looks like OTLP traces or metrics, not logs: a record does not start with a time. Send an ExportLogsServiceRequest; traces and metrics are not taken.',
  );
}
