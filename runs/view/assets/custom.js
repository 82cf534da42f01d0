// anywidget gives a widget two seconds from its first message to its first line of code, and then never shows it. A busy
// machine, or a telephone, may take longer to build the page: it is given a minute.
const abortAfter = AbortSignal.timeout.bind(AbortSignal);
AbortSignal.timeout = (milliseconds) => abortAfter(Math.max(milliseconds, 60000));
