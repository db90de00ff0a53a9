-- Beside counts, cells hold sums of whole numbers and of their squares, which outgrow 32 bits.
ALTER TABLE counts ALTER cell_counts TYPE BIGINT[];
