import { TelemetryStore } from '../../../../server/store/duckdb/store.ts';
import { describeLabels } from '../conformance/labels.ts';
import { describeProperties } from '../conformance/properties.ts';
import { describeRows } from '../conformance/rows.ts';
import { describeSemantics } from '../conformance/semantics.ts';
import { STORE_LIMITS } from '../conformance/subject.ts';
import type { Store, StoreUnderTest } from '../conformance/subject.ts';
import { scratch } from './support.ts';

const duckdb: StoreUnderTest = {
  name: 'the DuckDB store',
  home: () => {
    const { folder, remove } = scratch();
    return {
      remove,
      open: async (models, storage): Promise<Store> => {
        const store = await TelemetryStore.open({
          folder,
          limits: STORE_LIMITS,
          models,
          ...(storage !== undefined && { storage }),
        });
        return {
          ...store.rows,
          repeated: (digest, nowMs) => store.repeated(digest, nowMs),
          append: (batch) => store.append(batch),
          freezeBaseline: (key, source, nowMs) => store.freezeBaseline(key, source, nowMs),
          replaceBaseline: (key, source, nowMs) => store.replaceBaseline(key, source, nowMs),
          resolveLabels: (nowMs, limit) => store.labels.resolveLabels(nowMs, limit),
          recountOutcomes: (key) => store.labels.recountOutcomes(key),
          compact: (nowMs) => store.compact(nowMs),
          moveDays: (nowMs) => store.moveDays(nowMs),
          retain: (nowMs) => store.retain(nowMs),
          close: () => store.close(),
        };
      },
    };
  },
};

describeSemantics(duckdb);
describeRows(duckdb);
describeLabels(duckdb);
describeProperties(duckdb);
