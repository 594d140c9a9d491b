-- One new entity a request, ids that no other thread or run makes. For wrk; PREFIX tells runs apart.
local counter = 0
local thread_number = 0

function setup(thread)
  thread:set("number", thread_number)
  thread_number = thread_number + 1
end

local prefix = os.getenv("PREFIX") or "run"
local headers = { ["Content-Type"] = "application/json" }

request = function()
  counter = counter + 1
  local id = prefix .. "-" .. number .. "-" .. counter
  return wrk.format("POST", "/bench/operations", headers,
    '{"op":"INS","target":{"id":"' .. id .. '","name":"Corner Kiosk","status":"open","seats":12},' ..
    '"context":{"table":"places","source":"bench"},"frame":{}}')
end

done = function(summary, latency)
  local failed = summary.errors.status + summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout
  io.write(string.format("RESULT %.1f %d %.3f\n", summary.requests / (summary.duration / 1e6), failed,
    latency:percentile(50) / 1000))
end
