//! One suite for both places.
