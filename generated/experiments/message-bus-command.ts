// Told in chapters/05-experiments/02-message-bus-command.md. Edit it there, or edit here and stitch.
import type { Noun } from './message-bus-command-table.ts'

const verbs = () => import('./message-bus-command-verbs.ts')

export const noun: Noun = {
  verbs: {
    publish: {
      about: 'publish TEXT, or the standard input, and print its name; makes the bus if need be',
      words: ['BUS', '[TEXT]'],
      options: {
        durability: { about: 'what it survives', value: 'HOW', choices: ['os', 'disk', 'disk-and-folder'] },
      },
      notes: ['TEXT is all of the standard input if it is - or missing.'],
      examples: [['fcs bus publish orders "2 boxes"', 'makes the folder if it is not there'],
        ['pg_dump shop | fcs bus publish backups', 'a message is as long as it is']],
      run: async given => (await verbs()).publish(given),
    },
    take: {
      about: 'print the next message, then complete it; or give it to COMMAND',
      words: ['BUS'],
      command: 'optional',
      options: {
        wait: { about: 'wait for one, for ever or so long', value: 'SECONDS', isBare: true },
        remove: { about: 'keep no completed message' },
      },
      // say how a message is given to a command
      notes: ['COMMAND gets the message as its input, and its name as FCS_MESSAGE. The message is completed ' +
        'if COMMAND ends with 0, and goes back if not; fcs ends with 1 then.'],
      examples: [['fcs bus take orders --wait=60', 'prints one order, if one comes within a minute'],
        ['fcs bus take orders --wait -- sh pack.sh', 'the order is done when pack.sh says so with its exit status']],
      run: async given => (await verbs()).take(given),
    },
    // the verbs that only look
    watch: {
      about: 'tell what happens, as it happens, without taking',
      words: ['BUS'], options: {},
      run: async given => (await verbs()).watch(given),
      examples: [['fcs bus watch orders --json | jq .event', 'until somebody ends it']],
    },
    ls: {
      about: 'list the messages without taking',
      words: ['BUS'], options: {},
      run: async given => (await verbs()).ls(given),
      examples: [['fcs bus ls orders | grep -c ^waiting', 'how many wait']],
    },
  },
}
