-- The same GET each time.
dofile("done.lua")
