-- /etc/haproxy/gatehouse.lua
local check = 'http://127.0.0.1:3000/api/v1/auth/check?scopes='
local identity = { 'X-Gatehouse-Owner', 'X-Gatehouse-User', 'X-Gatehouse-Key', 'X-Gatehouse-Scopes' }
local passed_on = { 'content-type', 'retry-after', 'www-authenticate', 'x-request-id' }
local rejections = { [401] = true, [403] = true, [429] = true }

-- About the connection or the body, which Gatehouse does not receive.
local left_out = {
  'connection', 'content-encoding', 'content-length', 'content-type', 'expect', 'host', 'keep-alive', 'te', 'trailer',
  'transfer-encoding', 'upgrade',
}

core.register_action('gatehouse', { 'http-req' }, function(txn)
  local headers = txn.http:req_get_headers()
  for _, name in ipairs(left_out) do headers[name] = nil end
  local url = check .. txn:get_var('txn.scopes')
  local answer = core.httpclient():get({ url = url, headers = headers, timeout = 10000 })

  if answer.status == 204 then
    for _, name in ipairs(identity) do
      local values = answer.headers[name:lower()]
      txn.http:req_set_header(name, values and values[0] or '')
    end
    return
  end

  -- A rejection is passed on. Any other answer is a fault: 503.
  local reply = txn:reply({ status = rejections[answer.status] and answer.status or 503 })
  for _, name in ipairs(passed_on) do
    local values = answer.headers and answer.headers[name]
    if values then reply:add_header(name, values[0]) end
  end
  reply:set_body(answer.body or '')
  txn:done(reply)
end)
