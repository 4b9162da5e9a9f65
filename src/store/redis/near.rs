//! What was read of the server and still holds: it tells us itself when something changes, and a beat on the same
//! connection shows that nothing it told is on its way.
