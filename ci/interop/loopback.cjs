// Preloaded into programs that listen on every interface: a listen() with a port and no host is given 127.0.0.1.
const net = require('node:net');
const listen = net.Server.prototype.listen;
net.Server.prototype.listen = function (first, second, ...rest) {
  if (first !== null && typeof first === 'object' && 'port' in first && !first.host) {
    return listen.call(this, { ...first, host: '127.0.0.1' }, second, ...rest);
  }
  const port = typeof first === 'number' || /^\d+$/.test(String(first));
  if (port && typeof second !== 'string') {
    const arguments_ = second === undefined ? rest : [second, ...rest];
    return listen.call(this, first, '127.0.0.1', ...arguments_);
  }
  return listen.call(this, first, second, ...rest);
};
