-- Requests in rotation from a file, one a line, in three fields separated by tabs: a path, an entity tag for If-None-Match,
-- and a body, which makes it a POST. The last two may be empty.
local requests, position = {}, 0

function init(arguments)
  for line in io.lines(arguments[1]) do
    local path, tag, body = line:match("^([^\t]+)\t([^\t]*)\t(.*)$")
    local headers = {}
    if tag ~= "" then headers["If-None-Match"] = tag end
    if body ~= "" then
      requests[#requests + 1] = wrk.format("POST", path, headers, body)
    else
      requests[#requests + 1] = wrk.format("GET", path, headers)
    end
  end
end

function request()
  position = position % #requests + 1
  return requests[position]
end

function done(summary, latency, _)
  local errors = summary.errors
  io.write(string.format(
    '\nRESULT {"requests": %d, "microseconds": %d, "socket_errors": %d, "status_errors": %d, "p50": %d, "p95": %d, "p99": %d}\n',
    summary.requests, summary.duration, errors.connect + errors.read + errors.write + errors.timeout, errors.status,
    latency:percentile(50), latency:percentile(95), latency:percentile(99)))
end
