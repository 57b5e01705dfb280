-- A connection rests after each answer, so that the machine is not busy.
function delay()
   return 10
end
