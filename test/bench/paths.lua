-- Asks for the paths of a file in turns and prints the 95th percentile.
--
--   wrk … -s paths.lua URL -- FILE

local paths, at = {}, 0

function init(args)
    for line in io.lines(args[1]) do
        paths[#paths + 1] = wrk.format(nil, line)
    end
end

function request()
    at = at % #paths + 1
    return paths[at]
end

function done(summary, latency, _)
    io.write(string.format("p95 %d us of %d\n", latency:percentile(95),
                           summary.requests))
end
