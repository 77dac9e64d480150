-- Sends bulk requests of a thousand attendance updates. Each thread has lines of its own, and sends
-- them with alternating statuses.
local threads, bodies, sent, run = 0, {}, 0, ""

function setup(thread)
    thread:set("number", threads)
    threads = threads + 1
end

function init(args)
    run = args[2]
    for index, status in ipairs({"present", "apologies"}) do
        local file = assert(io.open(args[1] .. "/bulk-" .. number .. "-" .. status .. ".json"))
        bodies[index] = file:read("a")
        file:close()
    end
    wrk.headers["Content-Type"] = "application/json"
end

function request()
    sent = sent + 1
    local key = {["Idempotency-Key"] = run .. "-" .. number .. "-" .. sent}
    for name, value in pairs(wrk.headers) do key[name] = value end
    return wrk.format("POST", "/v1/attendance/bulk", key, bodies[sent % 2 + 1])
end
