//! Reading and saving, on real files.
