-- Milliseconds between an answer and the next request of a connection: ten, more
-- or less, or those that have met once would meet for as long as wrk runs.
function delay()
   return math.random(5, 15)
end
