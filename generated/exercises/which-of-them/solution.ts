// Told in chapters/05-experiments/03-message-bus-topics.md. Edit it there, or edit here and stitch.
export const topics = ['orders', 'orders.new', 'orders.new.eu', 'orders.new.eu.berlin', 'returns.new.eu']
/** How many of the topics match. */
export const answers: Record<string, number> = { 'orders.>': 3, '*.new.*': 2, '*': 1, '*.*.>': 3 }
export const canPublishToPattern = false
