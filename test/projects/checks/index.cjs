exports.check = require('./check.cjs').check;
exports.createLogin = require('./login.cjs').createLogin;
exports.devLogin = require('./login.cjs').devLogin;
