-- One new entity a request, ids that no other thread or run makes. For wrk; PREFIX tells runs apart, INSTANCES (names with
-- spaces between) get a request in turn.
local counter = 0
local threads = 0

function setup(thread)
  thread:set("number", threads)
  threads = threads + 1
end

local prefix = os.getenv("PREFIX")
local headers = { ["Content-Type"] = "application/json" }
local paths = {}
for name in string.gmatch(os.getenv("INSTANCES"), "%S+") do
  table.insert(paths, "/" .. name .. "/operations")
end

request = function()
  counter = counter + 1
  local id = prefix .. "-" .. number .. "-" .. counter
  return wrk.format("POST", paths[counter % #paths + 1], headers,
    '{"op":"INS","target":{"id":"' .. id .. '","name":"Corner Kiosk","status":"open","seats":12},' ..
    '"context":{"table":"places","source":"bench"},"frame":{}}')
end
