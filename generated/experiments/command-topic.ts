// Told in chapters/05-experiments/12-command-topic.md. Edit it there, or edit here and stitch.
import type { Noun, Option } from './message-bus-command-table.ts'

const reading = () => import('./command-topic-read.ts')
const care = () => import('./command-topic-care.ts')

/** Where to begin. */
const PLACES = {
  from: { about: 'begin at start, at end, or with the message ID', value: 'PLACE' },
  after: { about: 'begin behind the message', value: 'ID' },
  since: { about: 'begin with what was published so long ago', value: 'SECONDS' },
} satisfies Record<string, Option>

const WILDCARDS = 'In PATTERN * stands for one word, and > at the end for one or more; quote them.'

export const noun: Noun = {
  verbs: {
    // say how messages come to a topic
    publish: {
      about: 'Publish TEXT, or the standard input, under TOPIC, and print its id.',
      words: ['BUS', 'TOPIC', '[TEXT]'],
      options: {
        lines: { about: 'each line of the standard input is a message, as it comes', short: 'l' },
        delay: { about: 'groups get it so much later', value: 'SECONDS' },
        durability: { about: 'what it survives', value: 'HOW', choices: ['os', 'disk', 'disk-and-folder'] },
        backlog: { about: 'wait while somebody is further behind', value: 'BYTES' },
        timeout: { about: 'with --backlog, wait no longer than that, and end with 75', short: 'w', value: 'SECONDS' },
        segment: { about: 'the size of the parts that trim removes, of a new bus', value: 'BYTES' },
      },
      notes: ['BUS is a folder, and is made if it is not there. TEXT is all of the standard input if it is - or missing. ' +
        'TOPIC is words with dots between them.'],
      examples: [
        ['fcs topic publish shop orders.new.eu "2 teapots"', 'whoever listens to orders.> hears it'],
        ['tail -n 0 -F access.log | fcs topic publish shop web.access --lines > ids', 'what comes together is one write'],
        ['fcs topic publish shop gifts.packed --delay 2d < card', 'not before the day after tomorrow']],
      run: async given => (await reading()).publish(given),
    },
    // say how a topic is read
    tail: {
      about: 'Print the last messages whose topic matches PATTERN.',
      words: ['BUS', '[PATTERN]'],
      options: {
        limit: { about: 'so many (10; with a place, --name or --follow all)', short: 'n', value: 'N' },
        ...PLACES,
        name: { about: 'go on where this name stopped, and keep the place', value: 'NAME' },
        follow: { about: 'go on with each that is published', short: 'f' },
        wait: { about: 'with --follow, end with 3 if none comes for so long', short: 'w', value: 'SECONDS' },
        topic: { about: 'the topic and a tab before each', short: 't' },
      },
      notes: [`${WILDCARDS} Without it: everything.`,
        'A name that is new begins at the start, or where it is told to. Its place is moved when the messages ' +
        'were written out. Status 75 if a living process has the name.',
        'A message that does not end with a line end gets one. --json tells the id of each: go on with --after and that id.'],
      examples: [
        ['fcs topic tail shop "orders.*.eu" --follow -t', 'what is said now about European orders'],
        ['fcs topic tail shop "orders.>" --name accountant --json | sh book.sh', 'what the last run has not seen'],
        ['fcs topic tail shop --since 1h | grep -c refund', 'the last hour, of all topics']],
      run: async given => (await reading()).tail(given),
    },
    // say how a group takes
    take: {
      about: 'Print the next message of GROUP, and it is done; or give it to COMMAND.',
      words: ['BUS', 'GROUP', '[PATTERN]'],
      command: 'optional',
      options: {
        wait: { about: 'wait for one, for ever or so long', short: 'w', value: 'SECONDS', isBare: true },
        repeat: { about: 'take one after the other until nothing is there', short: 'r' },
        limit: { about: 'take one after the other, so many at most', short: 'n', value: 'N' },
        retry: { about: 'what failed comes again so much later', value: 'SECONDS' },
        reject: { about: 'a COMMAND that ends with N makes a dead letter at once', value: 'N' },
        deliveries: { about: 'a new group gives up after so many (5)', value: 'N' },
        from: { ...PLACES.from, about: 'a new group begins at start, at end, or with the message ID' },
        since: { ...PLACES.since, about: 'a new group begins with what was published so long ago' },
      },
      // say what a command of a group is told
      notes: [
        'Each message goes to one of those who take for the same GROUP. The first of them makes the group and says with ' +
        'PATTERN what it hears, and with --from where it begins: with the oldest there is, if nothing is said. ' + WILDCARDS,
        'COMMAND gets the message as its input, its id as FCS_MESSAGE, its topic as FCS_TOPIC, and as FCS_DELIVERIES how often ' +
        'it was given out. The message is done if COMMAND ends with 0, and comes again if not; fcs ends with 1 then, with ' +
        '--repeat after the others.'],
      examples: [
        ['fcs topic take shop packers "orders.new.>" --wait --repeat --retry 30 -- sh pack.sh', 'a worker; start as many as you like'],
        ['fcs topic take shop packers --json', 'by hand; the pattern is known by now']],
      run: async given => (await import('./command-topic-take.ts')).take(given),
    },
    // say how a bus is looked after
    ls: {
      about: 'List the groups and the named readers, and how far behind each is.',
      words: ['BUS'], options: {}, run: async given => (await care()).ls(given),
      notes: ['Of a group: what waits to come again or is not due yet, what somebody has, and what is dead. What it has not ' +
        'come to is told in bytes of the log, all topics together.'],
      examples: [['fcs topic ls shop --json | jq -r "select(.dead > 0).name"', 'groups that need a person']],
    },
    dead: {
      about: 'List the dead letters of GROUP, or those with the given IDs.',
      words: ['BUS', 'GROUP', '[ID…]'],
      options: {
        revive: { about: 'give them back to the group, with all their chances' },
        discard: { about: 'they are done with' },
      },
      notes: ['A line has the id, the topic, the deliveries, the reason and the text. Status 3 if there is none.'],
      examples: [
        ['fcs topic dead shop packers --json | jq -r .text', 'what could not be done'],
        ['fcs topic dead shop packers --revive', 'when pack.sh is mended']],
      run: async given => (await care()).dead(given),
    },
    // say how a bus is kept small
    forget: {
      about: 'Forget a named reader, or a group: nothing is kept for it any more.',
      words: ['BUS', 'NAME'],
      options: { group: { about: 'NAME is a group' } },
      notes: ['Status 75 for a reader that lives, and 3 if there is none of that name.'],
      examples: [['fcs topic forget shop accountant', 'the next one of that name begins anew']],
      run: async given => (await care()).forget(given),
    },
    trim: {
      about: 'Remove the oldest messages, and print how many parts of the log went.',
      words: ['BUS'],
      options: {
        count: { about: 'keep so many messages at least', value: 'N' },
        bytes: { about: 'keep so many bytes at least', value: 'N' },
        age: { about: 'keep what is younger', value: 'SECONDS' },
        'read-by': { about: 'remove only what these have read', value: 'WHO', choices: ['all', 'living', 'nobody'] },
      },
      notes: ['All that is given must allow it. --read-by is all if it is missing: what a named reader or a group ' +
        'has yet to read is kept. A log goes by parts of 16 MiB, or of what the first publish said with --segment.'],
      examples: [['fcs topic trim shop --age 30d', 'once a day, by cron']],
      run: async given => (await care()).trim(given),
    },
  },
}
