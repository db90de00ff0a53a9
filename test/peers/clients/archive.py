"""Reads closed days as a data scientist would, with pandas and with pyarrow, and prints them as JSON."""

import json
import sys
from uuid import UUID

import pandas as pd
import pyarrow.dataset as ds


def plain(column):
    """Its values, None where there is none. pandas makes a UUID of the sixteen bytes that pyarrow hands on as they are."""
    values = column.astype(object).where(column.notna(), None).tolist()
    return [value.bytes if isinstance(value, UUID) else value for value in values]


folder = sys.argv[1]
by_pandas = pd.read_parquet(folder)
by_pyarrow = ds.dataset(folder, format="parquet", partitioning="hive").to_table().to_pandas()
by_pandas = by_pandas.sort_values(["event_time", "prediction_id"], ignore_index=True)
by_pyarrow = by_pyarrow.sort_values(["event_time", "prediction_id"], ignore_index=True)
same = sorted(by_pandas.columns) == sorted(by_pyarrow.columns) and all(
    plain(by_pandas[name]) == plain(by_pyarrow[name])
    for name in by_pandas.columns
    if name not in ("tenant", "model", "day")
)
rows = by_pandas.astype({"tenant": str, "model": str, "day": str})
rows["event_ns"] = rows["event_time"].astype("datetime64[ns]").astype("int64").astype(str)
rows = rows.drop(columns=["event_time", "received_time", "id_key"])
dtypes = {name: str(dtype) for name, dtype in by_pandas.dtypes.items()}
print(json.dumps({"same": same, "dtypes": dtypes, "rows": json.loads(rows.to_json(orient="records", double_precision=15))}))
