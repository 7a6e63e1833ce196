-- wrk's part of the load: GET one path over a number of objects in turn, and one line of JSON at the end.
--   wrk … -s load.lua URL -- PATH NAME OBJECTS
-- With one object no request function is defined, so wrk sends its prepared bytes without entering Lua.

function init(args)
  local path, name, objects = args[1], args[2], tonumber(args[3])
  wrk.path = path .. "?id=" .. name
  if objects == 1 then return end
  local prepared, turn = {}, 0
  for i = 1, objects do
    prepared[i] = wrk.format("GET", path .. "?id=" .. name .. "-" .. i)
  end
  request = function()
    turn = turn % objects + 1
    return prepared[turn]
  end
end

function done(summary, latency)
  local e = summary.errors
  io.write(string.format(
    'RESULT {"requests":%d,"elapsed_us":%d,"errors":%d,"p50_us":%d,"p99_us":%d}\n',
    summary.requests, summary.duration, e.connect + e.read + e.write + e.status + e.timeout,
    latency:percentile(50), latency:percentile(99)))
end
