-- GET with a random line of a file in it: `-- FILE BEFORE AFTER SEED`, where BEFORE and AFTER are the request around it.
local lines, count, before, after = {}, 0, "", ""

local function plain(text)
  return (text:gsub("\\r", "\r"):gsub("\\n", "\n"))
end

function init(args)
  for line in io.lines(args[1]) do
    count = count + 1
    lines[count] = line
  end
  before, after = plain(args[2]), plain(args[3])
  math.randomseed(tonumber(args[4]))
end

function request()
  return before .. lines[math.random(count)] .. after
end

dofile("done.lua")
