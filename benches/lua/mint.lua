-- GET /redirect, each time for a visitor and a file that had none before: `-- COOKIES PLACES BEFORE BETWEEN AFTER FROM`.
-- COOKIES and PLACES are files with a line each; FROM is the first visitor. One visitor asks for all places, then the next.
local cookies, places, before, between, after, number = {}, {}, "", "", "", 0

local function plain(text)
  return (text:gsub("\\r", "\r"):gsub("\\n", "\n"))
end

function init(args)
  for line in io.lines(args[1]) do
    cookies[#cookies + 1] = line
  end
  for line in io.lines(args[2]) do
    places[#places + 1] = line
  end
  before, between, after = plain(args[3]), plain(args[4]), plain(args[5])
  number = tonumber(args[6]) * #places
end

function request()
  local place, visitor = number % #places, math.floor(number / #places)
  number = number + 1
  return before .. places[place + 1] .. between .. cookies[visitor + 1] .. after
end

dofile("done.lua")
