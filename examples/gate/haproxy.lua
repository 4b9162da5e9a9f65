-- The question of haproxy.cfg: asks editkey whether a request may pass, and takes what is for editkey alone out of what a
-- service gets.
--
-- It never lets anybody pass: it leaves what editkey said in variables, and haproxy.cfg refuses all but a 200.
local address = os.getenv("EDITKEY_GATE")

-- What a client wrote into the header `name`, each line of it.
local function lines(headers, name)
    local found, at = {}, 0
    while headers[name] and headers[name][at] do
        found[#found + 1] = headers[name][at]
        at = at + 1
    end
    return found
end

core.register_action("editkey", { "http-req" }, function(txn)
    local from = txn.http:req_get_headers()
    local cookies = table.concat(lines(from, "cookie"), "; ")
    -- These alone; whatever else a client wrote (expect, connection, content-length) is of the request itself.
    local headers = {
        ["host"] = lines(from, "host"),
        ["x-original-uri"] = { txn.f:pathq() },
        ["x-original-method"] = { txn.f:method() },
        ["x-forwarded-proto"] = { "https" },
        ["x-forwarded-for"] = { txn.f:src() },
    }
    if cookies ~= "" then headers["cookie"] = { cookies } end
    -- Several of one are editkey's to refuse.
    for _, name in ipairs({ "authorization", "accept", "sec-fetch-mode", "sec-fetch-dest", "x-requested-with" }) do
        local values = lines(from, name)
        if #values > 0 then headers[name] = values end
    end

    local answer = core.httpclient():get({ url = address, headers = headers, timeout = 5000 })
    if not answer or not answer.status then return end
    for variable, name in pairs({
        ["txn.editkey_user"] = "remote-user",
        ["txn.editkey_email"] = "remote-email",
        ["txn.editkey_groups"] = "remote-groups",
        ["txn.editkey_name"] = "remote-name",
        ["txn.editkey_location"] = "location",
    }) do
        local value = lines(answer.headers or {}, name)[1]
        if value then txn:set_var(variable, value) end
    end
    if answer.status ~= 200 then
        txn:set_var("txn.editkey_status", tostring(answer.status))
        return
    end

    -- The cookies of the gate and of the session, and an access key in Authorization or in the query.
    local left = {}
    for pair in cookies:gmatch("[^;]+") do
        pair = pair:match("^%s*(.-)%s*$")
        if pair ~= "" and not pair:find("^editkey") and not pair:find("^__Host%-editkey") then
            left[#left + 1] = pair
        end
    end
    txn.http:req_del_header("cookie")
    if #left > 0 then txn.http:req_add_header("cookie", table.concat(left, "; ")) end
    for _, value in ipairs(lines(from, "authorization")) do
        local key = value:match("^[Bb][Ee][Aa][Rr][Ee][Rr]%s+([%w_-]+)%s*$")
        if key and #key == 24 then txn.http:req_del_header("authorization") end
    end
    local parameters = {}
    for parameter in (txn.f:query() or ""):gmatch("[^&]+") do
        if not parameter:find("^accesskey=") then parameters[#parameters + 1] = parameter end
    end
    txn.http:req_set_query(table.concat(parameters, "&"))
    -- Last of all: whatever goes wrong before, nobody gets in.
    txn:set_var("txn.editkey_status", "200")
end)
