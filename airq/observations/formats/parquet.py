"""Parquet as columns of text, held against its own checksums and statistics."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from airq.errors import FileRejected
from airq.observations.files import MAX_BYTES, RawFile

__all__ = ["read_parquet"]

_MOST_CELLS = 40_000_000  # repeated values take no room on the disk, but each takes some in memory


def read_parquet(raw: RawFile) -> tuple[list[str], list[list[str]], int]:
    """Headings, columns of text and number of rows of a Parquet file.

    Raises
    ------
    FileRejected
        Damaged, too large, or not what its own footer says.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        file = pq.ParquetFile(BytesIO(raw.data), page_checksum_verification=True)
        sizes = [file.metadata.row_group(i).total_byte_size for i in range(file.metadata.num_row_groups)]
        if sum(sizes) > MAX_BYTES or file.metadata.num_rows * file.metadata.num_columns > _MOST_CELLS:
            raise FileRejected(
                f"{raw.path}: unpacks to more than {MAX_BYTES / 1e6:,.0f} MB or {_MOST_CELLS:,} cells; split it."
            )
        table = file.read(use_threads=False)
        _hold_against_statistics(raw, file, table)
        columns = [_as_text(table.column(i), pa) for i in range(table.num_columns)]
    except (pa.ArrowException, OSError, ValueError, MemoryError, OverflowError) as error:
        raise FileRejected(
            f"{raw.path}: a damaged Parquet file ({type(error).__name__}); fetch it again."
        ) from error
    heads = [str(n) for n in table.column_names]
    return heads, columns, int(table.num_rows)


def _hold_against_statistics(raw: RawFile, file: Any, table: Any) -> None:
    """Refuse a Parquet file whose columns are not what its own footer says of them."""
    import pyarrow as pa
    import pyarrow.compute as pc

    meta = file.metadata
    names = [meta.schema.column(j).path for j in range(meta.num_columns)]
    for j, name in enumerate(names):
        stats = [meta.row_group(i).column(j).statistics for i in range(meta.num_row_groups)]
        if name not in table.column_names or not stats or any(s is None for s in stats):
            continue
        column = table.column(name)
        if pa.types.is_dictionary(column.type):  # categories of pandas
            column = column.cast(column.type.value_type)
        wrong = all(s.has_null_count for s in stats) and sum(s.null_count for s in stats) != column.null_count
        if not wrong and all(s.has_min_max for s in stats) and column.null_count < len(column):
            span = pc.min_max(column).as_py()
            try:
                wrong = span["min"] != min(s.min for s in stats) or span["max"] != max(s.max for s in stats)
            except TypeError:  # statistics of another type than the column, as for time zones
                wrong = False
        if wrong:
            raise FileRejected(
                f"{raw.path}: column '{name[:30]}': the content is not what the file's own footer says, so it is damaged; fetch it again."
            )


def _as_text(column: Any, pa: Any) -> list[str]:
    """Cells of an Arrow column as text; null becomes empty."""
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if pa.types.is_nested(column.type) or pa.types.is_binary(column.type):
        return [""] * len(column)
    text = column.cast(pa.string())
    return ["" if v is None else v for v in text.to_pylist()]
