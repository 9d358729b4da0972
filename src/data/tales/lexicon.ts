// The words of the tiny tales, by class, the commonest first (rank sets the frequency).
// Only words: how they combine is `templates.ts`, how they inflect is `grammar.ts`.

export type Pronoun = 'she' | 'he';

const words = (text: string): readonly string[] => text.trim().split(/\s+/);
const phrases = (text: string): readonly string[] => text.split(',').map((phrase) => phrase.trim());

/** Takes from two lists in turn, so that both have common words. */
function interleave(a: readonly string[], b: readonly string[]): readonly string[] {
  const mixed: string[] = [];
  for (let i = 0; i < Math.max(a.length, b.length); i++) mixed.push(...a.slice(i, i + 1), ...b.slice(i, i + 1));
  return mixed;
}

const FEMALE_NAMES = words(`
  Mia Lily Anna Emma Rosie Lucy Nora Ella Zoe Ruby Daisy Clara Sophie Molly Alice Ivy Maya Hanna Luna Bella Grace Poppy
  Julia Stella Mila Penny Tilly Flora Ada Greta Heidi Ines Jenny Kira Lena Maggie Nina Opal Petra Rita Sally Tara Uma
  Vera Wanda Yara Zelda Bonnie Carla Dora Elsa Fiona Gina Holly Iris Judy Katie Laura Martha Nelly Paula Rosa Sara Tess
  Viola Wendy Amelia Betty`);
const MALE_NAMES = words(`
  Tom Ben Max Leo Sam Tim Jack Finn Oscar Noah Hugo Peter Toby Felix Theo Henry Oliver Paul Adam Luke Otto Jonas Milo
  Rufus Harry George Bruno Caleb Dan Eric Fred Gus Ivan Jim Karl Liam Mark Nick Owen Pablo Ralph Simon Ted Victor Walter
  Yusuf Zack Albert Bob Colin David Edgar Frank Greg Isaac Joel Kevin Louis Martin Nathan Omar Philip Scott Tony Vince
  William Arthur Basil`);

export const NAMES = interleave(FEMALE_NAMES, MALE_NAMES);
/** Every name belongs to one pronoun. */
export const NAME_PRONOUNS: ReadonlyMap<string, Pronoun> = new Map([
  ...FEMALE_NAMES.map((name) => [name, 'she'] as const),
  ...MALE_NAMES.map((name) => [name, 'he'] as const),
]);

const ANIMALS = words(`
  fox bear rabbit cat dog mouse duck frog pig bird lion hen horse cow goat sheep wolf owl squirrel turtle monkey elephant
  tiger goose donkey hamster hedgehog bee puppy kitten crab deer mole badger otter beaver snail spider parrot penguin seal
  whale dolphin camel zebra giraffe panda koala kangaroo lizard snake toad crow swan pigeon sparrow robin peacock turkey
  pony lamb calf beetle ant butterfly ladybird moth worm raccoon weasel hippo rhino leopard lynx moose ox dragon`);
const PEOPLE: readonly (readonly [string, Pronoun])[] = [
  ['girl', 'she'],
  ['boy', 'he'],
  ['princess', 'she'],
  ['prince', 'he'],
  ['queen', 'she'],
  ['king', 'he'],
  ['woman', 'she'],
  ['man', 'he'],
  ['fairy', 'she'],
  ['wizard', 'he'],
];
/** People that go with one pronoun only; animals go with both. */
export const KIND_PRONOUNS: ReadonlyMap<string, Pronoun> = new Map(PEOPLE);

const FOODS = words(`
  apple cookie pear cake egg berry carrot nut plum banana pie cherry peach muffin potato bean tomato grape orange lemon
  pancake sandwich biscuit pea bun melon waffle onion turnip fig mango olive radish pumpkin raisin walnut almond acorn
  mushroom pickle dumpling noodle tart scone pretzel apricot strawberry raspberry blueberry coconut chestnut sausage candy`);
const COLLECTABLES = words(`
  shell stone leaf feather button coin stick marble pebble bead card petal stamp crayon pencil balloon sticker pinecone
  ribbon brick peg candle toy seed twig brush block badge poster postcard`);

/** Plurals that the rules of `pluralOf` would get wrong. */
export const IRREGULAR_PLURALS: ReadonlyMap<string, string> = new Map([
  ['mouse', 'mice'],
  ['goose', 'geese'],
  ['sheep', 'sheep'],
  ['deer', 'deer'],
  ['moose', 'moose'],
  ['wolf', 'wolves'],
  ['calf', 'calves'],
  ['leaf', 'leaves'],
  ['ox', 'oxen'],
  ['potato', 'potatoes'],
  ['tomato', 'tomatoes'],
]);

/** What one does for fun: base form and past tense. */
const ACTIVITIES: readonly (readonly [string, string])[] = phrases(`
  play played, sing sang, dance danced, run ran, jump jumped, swim swam, laugh laughed, read read, draw drew,
  paint painted, climb climbed, walk walked, cook cooked, hop hopped, skate skated, whistle whistled, fish fished,
  bake baked, hide hid, explore explored, dig dug, spin spun, race raced, hum hummed, clap clapped, smile smiled,
  giggle giggled, talk talked, work worked, rest rested, dream dreamed, sail sailed, row rowed, ski skied, camp camped,
  travel travelled, wander wandered, march marched, skip skipped, roll rolled, crawl crawled, slide slid, swing swung,
  knit knitted, sew sewed, write wrote, count counted, juggle juggled, tumble tumbled, splash splashed, chat chatted,
  cheer cheered, shout shouted, wave waved, study studied, listen listened, jog jogged, cycle cycled, gallop galloped,
  stroll strolled, prance pranced, twirl twirled, hike hiked, bounce bounced, glide glided, float floated, drum drummed,
  wrestle wrestled, paddle paddled, stretch stretched, whisper whispered`).map((pair) => {
  const [base = '', past = ''] = pair.split(' ');
  return [base, past];
});

/** Word classes, by the name that slots use. Nouns stand in the singular. */
export const LEXICON = {
  kind: interleave(
    PEOPLE.slice(0, 2).map(([kind]) => kind),
    ANIMALS.slice(0, 2),
  ).concat(
    interleave(
      ANIMALS.slice(2),
      PEOPLE.slice(2).map(([kind]) => kind),
    ),
  ),
  animal: ANIMALS,
  foods: FOODS,
  counted: interleave(FOODS, COLLECTABLES),
  thing: words(`
    ball hat book doll kite box toy drum boat bell cup key flower coat lamp blanket bag spoon ring scarf basket hammer
    rope mirror map picture pot car train bucket clock whistle shoe sock crown vase brush candle plate pillow guitar flute
    balloon ribbon feather chain coin umbrella glove mitten necklace bottle jar button puppet robot rocket sword shield
    ladder lantern letter notebook pencil crayon puzzle quilt sweater shirt dress apron belt boot cap mask helmet jacket
    jumper shawl teapot kettle mug bowl fork pan broom shovel rake spade saw wheel bead bracelet locket medal compass
    telescope magnet camera radio violin trumpet harp banjo piano fiddle tambourine horn marble yo-yo sled skate scooter
    wagon cart bicycle raft paddle anchor flag banner poster card stamp parcel suitcase backpack purse wallet comb towel
    sponge soap bandage thimble needle yarn`),
  place: words(`
    park forest garden lake river hill farm pond beach meadow market village sea castle mountain cave barn bridge field
    mill town library zoo bakery shop well stream island valley orchard harbour playground tower station fountain waterfall
    museum square lighthouse vineyard desert jungle swamp palace cottage windmill camp stable dock theatre hospital circus
    bay canal canyon cliff quarry greenhouse airport inn pier creek marsh cabin`),
  spot: words(`
    bed table tree chair sofa bush bench box desk rock cart basket shelf log ladder pillow piano wagon curtain stool
    cupboard barrel bucket boat hedge crate cushion stove dresser hammock sled wheelbarrow armchair bookcase fern umbrella`),
  trait: words(`
    little kind small brave big young clever old good shy funny sweet quiet friendly happy lazy curious gentle silly strong
    busy wise tiny cheerful polite hungry sleepy lonely playful merry careful smart grumpy noisy loyal lucky patient bold
    calm tidy messy jolly graceful generous modest helpful nervous dreamy nimble timid stubborn humble eager active elegant
    adorable energetic charming thoughtful talented poor rich famous tall chubby slender forgetful`),
  /** How a thing looks at first sight. */
  look: words(`
    red big blue little green new old yellow small pink white round black brown purple long orange thin golden wooden tiny
    grey silver narrow wide thick flat square tall curly stripy spotted crooked pale dark woollen leather rusty dusty muddy
    crumpled dented tattered faded bulky oval velvet copper crimson turquoise violet checked scarlet`),
  /** What else can be said of it ("very …"); never at odds with how it looks. */
  quality: words(`
    pretty shiny nice soft beautiful warm strong bright heavy clean lovely smooth light fancy special strange funny
    colourful simple rare sturdy fragile plain cosy neat sparkly elegant handy unusual expensive cheap precious magical
    silky glossy delicate fine cute charming odd bumpy fuzzy rough wobbly modern impressive interesting amazing
    splendid comfortable practical`),
  glad: words(`
    happy glad proud excited cheerful pleased thankful joyful merry delighted calm hopeful relieved grateful lucky amazed
    content satisfied thrilled overjoyed jolly surprised confident peaceful`),
  sad: words(`
    sad upset worried angry lonely afraid tired scared unhappy gloomy sorry cross nervous grumpy disappointed miserable
    anxious puzzled heartbroken frustrated restless confused tearful ashamed helpless`),
  activity: ACTIVITIES.map(([base]) => base),
  action: ACTIVITIES.map(([, past]) => past),
  got: words(`
    found got made bought saw built won chose borrowed received noticed discovered spotted caught painted designed earned
    ordered fetched picked`),
  handled: words(`
    loved cleaned hugged hid washed carried dropped fixed kept painted held touched lifted moved pushed pulled wrapped
    polished admired drew measured inspected tapped squeezed dusted saved guarded weighed rubbed liked watched studied
    grabbed covered decorated threw`),
  manner: words(`
    happily slowly quickly quietly loudly softly gently carefully proudly bravely merrily gladly gracefully eagerly calmly
    cheerfully joyfully wildly lightly neatly patiently politely nicely busily boldly sweetly swiftly lazily noisily
    playfully shyly sleepily smoothly steadily wonderfully beautifully silently excitedly clumsily peacefully`),
  weather: words(`
    sunny rainy windy warm cold snowy cloudy bright hot foggy stormy cool frosty misty chilly dry wet mild icy breezy gloomy
    grey dark clear humid freezing`),
  daytime: words('day morning afternoon evening'),
  dayKind: words(`
    wonderful good great lovely happy nice beautiful fine perfect special magical strange exciting busy long amazing
    pleasant marvellous splendid fantastic peaceful delightful brilliant glorious unforgettable`),
  job: words(`
    baker farmer teacher doctor sailor singer dancer painter cook pilot builder nurse writer gardener artist driver tailor
    vet clown captain knight scientist inventor astronaut explorer actor engineer musician poet librarian carpenter shepherd
    detective dentist firefighter magician juggler potter plumber judge lawyer mechanic photographer ranger blacksmith
    weaver cobbler athlete drummer pianist swimmer runner hero champion`),
  relative: words('mother father friend sister brother grandmother grandfather aunt uncle cousin teacher neighbour'),
  when: phrases(`
    One day, One morning, One evening, One afternoon, One night, One summer, One winter, One spring, One autumn, On Monday,
    On Sunday, On Friday, On Saturday, On Tuesday, On Wednesday, On Thursday`),
} as const satisfies Record<string, readonly string[]>;

export type WordClass = keyof typeof LEXICON;

/** Number words; index = value − 1. */
export const NUMBER_WORDS = words('one two three four five six seven eight nine ten eleven twelve');
