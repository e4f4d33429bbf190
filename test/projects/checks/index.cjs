exports.check = require('./check.cjs').check;
Object.assign(exports, require('./login.cjs'));
