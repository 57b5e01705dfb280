-- Users who look at each page for a while before they ask for the next one.
--
--   wrk … -s think.lua URL -- MILLISECONDS, the mean of an exponential law

local threads, mean = 0, 0

function setup(thread)
    threads = threads + 1
    thread:set("number", threads)
end

function init(args)
    mean = tonumber(args[1])
    math.randomseed(number)
end

function delay()
    return math.floor(0.5 - mean * math.log(1 - math.random()))
end
