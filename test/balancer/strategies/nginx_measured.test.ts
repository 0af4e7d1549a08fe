import { describe, expect, test } from 'vitest';
import { moduloHash } from '../../../src/balancer/strategies/modulo_hash.ts';
import { hostsOf, pickOf, rebuilt } from '../../helpers/hosts.ts';
import { aroundAbsence, inTurn, keyed, type Rig, replayed, rigOf, tried } from '../../helpers/measured.ts';
import { ports } from '../../helpers/ports.ts';

// What nginx 1.31.5 did (nginx/nginx, commit 3f6f7824): one worker process, one request after the other, keys as in
// `hash $http_k`. nginx ran as it is published, but that its random module wrote down what it drew.

describe('hash', () => {
  const rig = (weights: readonly number[], without = ''): Rig =>
    rigOf('modulo-hash', { system: 'nginx' }, weights, { without });

  test.each([
    [[1, 1, 1], '', 'cbcbabaaccacaccbcabbcbbcabbbbcabbacbbbbbcbccaaaacbbcbbcaacaa'],
    [[1, 1, 1], 'b', 'cacaacaaccacaccacacaccacaaccacaccacacaacccccaaaacaccaacaacaa'],
    [[5, 1, 1], '', 'aaaabaccbaaaaaaaaaabbaaaaaaabaaacbabcabbaabaaabcaaaaaacacaaa'],
    [[5, 1, 1], 'b', 'aaaaaaccaaaaaaaaaaaaaaaaaaaaaaaacaaacaaaaaaaaaacaaaaaacacaaa'],
    [[1, 2, 3], '', 'ccccabacbccbcbbbbccbbbccccbcbbccbabbcbcbbbbccacaccbbbcbcacac'],
    [[1, 2, 3], 'b', 'ccccaaacacccccaccccccccccccccccccacacccccccccacaccccccccacac'],
    [[1, 1, 1, 1, 1], '', 'adeecbdccabbcabbeabccebacddaacbdbdbaadaeedbecdbedddebddebbec'],
  ])('weights %j, down: "%s"; keys 0 to 59: %s', (weights, without, picks) => {
    expect(keyed(rig(weights, without), 60)).toBe(picks);
  });

  test('without a key: round robin', () => {
    expect(inTurn(rig([3, 1, 2]), 12)).toBe('acabcaacabca');
  });

  test.each([
    [[1, 1, 1, 1, 1], 'b', 'a d e e c bc d c c a bc ba c a bd bc e a bc c c e bc a c d d a a c be d bc d bc a a d a e'],
    [
      [1, 1, 1, 1, 1],
      'bd',
      'a de e e c bc dc c c a bc ba c a bdc bc e a bc c c e bc a c dbe dc a a c be da bc dbe bc a a dc a e',
    ],
    [
      [1, 2, 3, 1, 1],
      'bc',
      'ca cd ca bd d ba a e a e cbe bce cbe cbe a e d be d be a e d be cbe bce cbe cbe cbe cbe cbe cbe cbe bce d be a e a e',
    ],
  ])('weights %j, %s reset connections: where keys 0 to 39 try', (weights, _, servers) => {
    expect(tried(rig(weights), servers)).toBe(servers);
  });
});

// nginx-tests, stream_upstream_hash.t and stream_udp_upstream_hash.t: ten requests of 127.0.0.1 to the second of two.
test("hash: the address that nginx's own tests send from", () => {
  const strategy = moduloHash.create({ options: { system: 'nginx' }, ...ports({ keyText: () => '127.0.0.1' }) });
  const hosts = hostsOf([{}, {}]);
  expect(pickOf(rebuilt(strategy, hosts), 0)).toBe(hosts[1]);
});

describe('hash consistent', () => {
  const rig = (weights: readonly number[], without = ''): Rig =>
    rigOf('ring-hash', { system: 'nginx' }, weights, { without });

  test.each([
    [[1, 1, 1], '', 'bbccccbacbcccbccccbccbbaccabccbbbaacaacbbabbbcacaabbcbcbbacb'],
    [[1, 1, 1], 'b', 'ccccccaacccccacccccccacaccacccaaaaacaacccaacccacaaaacccccaca'],
    [[5, 1, 1], '', 'bbaaacaaabcaabcaaaaaaabaaaabcabbaaaaaacababbaaaaaaaaaaabbaab'],
    [[5, 1, 1], 'b', 'aaaaacaaaacaaacaaaaaaaaaaaaccaaaaaaaaacacaacaaaaaaaaaaaaaaaa'],
    [[1, 2, 3], '', 'cbcbcccbcbccbbccccccbbbabcabccbcbbaccaccbcbcbcccbabccccbbacb'],
    [[1, 2, 3], 'b', 'cccccccccccccccccccccccaccacccaccaaccaccccacccccaacccccccaca'],
    [[1, 1, 1, 1, 1], '', 'bbedccdeebcececcccbccdbacdabccbbedacdadbbeedeeecaaedeecbbeeb'],
  ])('weights %j, down: "%s"; keys 0 to 59: %s', (weights, without, picks) => {
    expect(keyed(rig(weights, without), 60)).toBe(picks);
  });

  test('without a key: round robin', () => {
    expect(inTurn(rig([3, 1, 2]), 12)).toBe('acabcaacabca');
  });

  test.each([
    [[1, 1, 1, 1, 1], 'b', 'bc bc e d c c d e e bc c e c e c c c c bc c c d be a c d a bc c c be be e d a c d a d be'],
    [
      [1, 1, 1, 1, 1],
      'bd',
      'bc bc e de c c dbe e e bc c e c e c c c c bc c c dbe be a c de a bc c c be be e de a c da a dc be',
    ],
    [
      [1, 2, 3, 1, 1],
      'bc',
      'cbd bcd e d cd cbd cd bce e bcd cbd ce bca be ce ce ce ca cbd ca bce d be a bcd cd a bce cbd cd be cbe e bd a cbd cd a d cbe',
    ],
  ])('weights %j, %s reset connections: where keys 0 to 39 try', (weights, _, servers) => {
    expect(tried(rig(weights), servers)).toBe(servers);
  });
});

describe('round robin', () => {
  test.each([
    [[5, 1, 1], 'aabacaaaabacaaaabacaaaabacaa'],
    [[3, 2, 1], 'abacbaabacbaabacbaabacbaabac'],
    [[1, 3, 3, 7], 'dbcddabdcddbcddbcddabdcddbcd'],
  ])('weights %j: %s', (weights, picks) => {
    expect(inTurn(rigOf('weighted-round-robin', {}, weights), 28)).toBe(picks);
  });

  // proxy_next_upstream off, so that who fails is not tried again.
  test.each([
    [
      [3, 1],
      2,
      'a a b a a a b a! a a b a a a b! a a a b a a a b a a a b a a a b a a a b a a a b a a a b a a a b a a a b a a a b a a a b a',
    ],
    [
      [8, 4, 3],
      4,
      'a b a c a b a c! a b a a c b a a b! a c a b! a c a b! a! a c a b a c a b a! b a c! a! b a c a b a a b c a a b a c a b a c a b a',
    ],
    [
      [5, 1, 1],
      3,
      'a a b a c a a a! a b a c! a! a a a b a c! a a a a b a c a a a a b a c a a a a b a c a a a a b a c a a a a b a c a a a a b a',
    ],
  ])('weights %j, max_fails=%i: servers that failed come back by and by', (weights, maxFails, record) => {
    expect(replayed(rigOf('weighted-round-robin', { maxFails }, weights), record)).toBe(record);
  });

  // The policies that hash do the same without a key.
  test.each([
    ['weighted-round-robin', {}],
    ['modulo-hash', { system: 'nginx' }],
    ['ring-hash', { system: 'nginx' }],
  ])(
    '%s, weights 5, 2, 1, max_fails=1: a fails, is down for fail_timeout, and comes back by and by',
    (name, options) => {
      const picks = aroundAbsence(rigOf(name, options, [5, 2, 1]), '? ? ? ?!', 'a', [6, 14]);
      expect(picks).toBe('a b a a! | cbcbbc | bbcbaabacaabaa');
    },
  );
});

describe('least_conn', () => {
  const rig = (weights: readonly number[]): Rig => rigOf('least-request', { algorithm: 'nginx-least-conn' }, weights);

  test.each([
    [[5, 1, 1], 'aabacaaaabacaaaabacaaaabacaa'],
    [[3, 2, 1], 'abacbaabacbaabacbaabacbaabac'],
    [[1, 3, 3, 7], 'dbcddabdcddbcddbcddabdcddbcd'],
  ])('weights %j, all idle: %s', (weights, picks) => {
    expect(inTurn(rig(weights), 28)).toBe(picks);
  });

  test.each([
    [[1, 1, 1], 'a -a b c a c a b b a -c -a -b c c a -a b a a -c c b -c -a c c a a -c c -c -b b -b c -a b b -a'],
    [[3, 2, 1], 'a -a b a c a b a c a -a -b -a b a b -a a a a -a a b -a -a a a a a -a a -a -b b -a a -c c b -a'],
    [[5, 1, 1], 'a -a a b c a a a a c -b -a -a b a a -c a b c -a a a -a -b b a a a -a a -a -a a -a a -c c a -c'],
  ])('weights %j, requests held: %s', (weights, record) => {
    expect(replayed(rig(weights), record)).toBe(record);
  });

  test('weights 5, 2, 1, max_fails=1: a fails, is down for fail_timeout, and comes back by and by', () => {
    const picks = aroundAbsence(
      rigOf('least-request', { algorithm: 'nginx-least-conn' }, [5, 2, 1]),
      '? ? ? ?!',
      'a',
      [6, 14],
    );
    expect(picks).toBe('a b a a! | cbcbbc | bbcbaabacaabaa');
  });
});

describe('random', () => {
  test.each([
    [
      [1, 1, 1],
      '',
      'baabcccccbccccbbcbcb',
      [
        2130012736, 920171067, 1040010171, 2026501300, 264200663, 112722545, 1587864368, 1148432651, 780593492,
        1436825857, 1085423651, 921111491, 1671107417, 2075500493, 671364124, 884492398, 419065634, 415148431,
        894077240, 428705647,
      ],
    ],
    [
      [1, 3, 2],
      '',
      'abcabacbbccaacbbccbc',
      [
        1675128510, 852655191, 771616769, 530247000, 1251197641, 1279415454, 56729614, 386748842, 58796126, 2145844307,
        416377283, 1414366092, 1783699386, 311172689, 1090079270, 1447878974, 973973639, 1377151037, 2113700547,
        1635408005,
      ],
    ],
    [
      [1, 3, 2],
      'b',
      'ccccccaaacac',
      [
        1295253499, 674111230, 827360309, 1963838981, 1612114954, 978399872, 871689658, 461431155, 1127800094,
        195917618, 725113449, 913416055, 1978801915, 2078875013, 2146910989, 440692555, 514820318, 1199139175,
        537991200, 751153791, 192443288, 1080296654, 1182323365, 1478374530, 65382330, 200489078, 1459442344,
        1234369741, 2078354737, 327481657, 1967420101, 1226124589, 1001592888, 647296762,
      ],
    ],
    // 400 of 403 draws are in vain: some picks are by round robin.
    [
      [1, 400, 2],
      'b',
      'cacccacc',
      [
        980442183, 1118366338, 1185868790, 370776113, 9431313, 1806177866, 815934084, 520783946, 1988313524, 1552614536,
        443605384, 1890009527, 242403137, 1235481370, 1975829504, 75272023, 27620687, 1975521101, 1842584127, 97235445,
        1468482351, 1361920375, 1125236510, 2071654383, 1262019399, 423925172, 1535635566, 1755766096, 1552420053,
        1698202320, 1656778963, 385378589, 669085010, 695164105, 756154702, 678516323, 353858324, 1572088786,
        1199300269, 194688200, 977219674, 1642905653, 2084697727, 1219622811, 730903375, 1913043583, 1294894834,
        758524063, 1741081036, 989995313, 855759508, 1062079739, 204432040, 1980996019, 986250475, 1466451440,
        257437543, 374402393, 1074733888, 1809857597, 2072604713, 584029203, 47752538, 594206075, 1279193309, 803907240,
        1272722398, 1633051633, 228512379, 324539019, 1827739833, 1205732053, 1967444673, 1764953912, 277871217,
        550864400, 1530513847, 1572766051, 1309388463, 1124111235, 415277717, 17664324, 38707327, 619709757, 1998660343,
        1024957802, 2086161197, 108614238, 1399360195, 1013411437, 1918471835, 1324481260, 1597440641, 1966224373,
        1918687335, 729150302, 622647966, 1043926085, 214718287, 851160345, 1368465104, 2042458120, 2056892398,
        1188426129, 1659928384, 187279967, 1739290530, 1042958583, 1760046019, 901195345, 19586170, 27840088, 918859669,
        58293497, 647549845, 770036364, 1083251299, 586227395, 878650603, 335127846, 1599638832, 649638790, 1659609106,
        1049595825, 468379516, 1430812793, 1778746127, 1091027482, 327255230, 1993464414, 1942187827, 1695720335,
        1888438886, 1851596577, 736662816, 1400883622, 2038876545, 328469698, 296358557, 1651438916, 1229665044,
        315944728, 1679279004, 1041065, 374238225, 179345201, 771077430, 1457489525, 765572596, 1649728033, 1792617371,
        217727781, 151883175, 1304742830, 1267323606,
      ],
    ],
  ])('weights %j, down: "%s": %s', (weights, without, picks, draws) => {
    const rig = rigOf('random', { weighted: true }, weights, { without, draws });
    expect(inTurn(rig, picks.length)).toBe(picks);
    expect(() => inTurn(rig, 1)).toThrow('asked for one more');
  });
});

describe('random two least_conn', () => {
  test.each([
    [
      [1, 1, 1],
      '',
      'b -b b a c a -a -a a b c -b a b -c b c -a -b a b -a -b a c b -c -a a -b',
      [
        1843707681, 2012650612, 467626859, 26324509, 768005544, 611358589, 1001641985, 2146117064, 136165363,
        1456521104, 295648086, 118694451, 229208523, 1335658257, 2145195752, 493409186, 1448380802, 1585576472,
        1641841837, 81490646, 874918681, 579781840, 1002602137, 398542450, 507798685, 1673966262, 1283034849, 926864319,
        2089114693, 29628441, 1355569966, 1785338726, 2042279053, 1823196825, 1811663236, 662800950, 287071767,
        665821573, 661434366, 423237130, 2122342677, 957082452, 541931582, 204067552, 145257061, 539643686, 697476739,
        1593637864, 2125220158, 191834928,
      ],
    ],
    [
      [1, 3, 2],
      '',
      'c -c a b b c -c -b c b b -a a a -b c b -c -b b c -a -c c c b -b -b a -c',
      [
        1800388167, 2088559576, 445006809, 194836101, 145143480, 590263870, 734479787, 842620219, 36418086, 712216297,
        1034455148, 1711546597, 1564871488, 1806071917, 94309949, 668585482, 938003723, 151039563, 1055334324,
        996799849, 149400222, 1471711608, 263682294, 1933099608, 1782884297, 1353761564, 1233494934, 609374288,
        583428953, 1199711833, 97298645, 236333472, 1140787761, 542305454, 431169574, 1285931242, 1132569324,
        1165649361, 2128551461, 1168987411, 1877865659, 1015522961, 733050360,
      ],
    ],
    [
      [2, 1, 1, 1, 1],
      'de',
      'c b -c a a c -c -a c -b a -a -c -a a -a c a a -a b a -c b',
      [
        179708156, 2094079402, 1773377469, 1129826381, 1639363992, 1247104472, 532431726, 1281640523, 1061269514,
        773172464, 1125640352, 1471620822, 1844160535, 1788144589, 1194591460, 1383258139, 1827230346, 1620651012,
        368695396, 1026092531, 891613183, 719724483, 311213988, 1158882513, 410042059, 941603418, 612418528, 1146500057,
        932485309, 785000866, 429504099, 1112193465, 731596620, 55397920, 94536198, 223476964, 1302502392, 626967925,
        1505117487, 216288258, 1400140389, 483274191, 1687909080, 1096817276, 123935132, 735016892, 332591767,
        1951165479, 208184257, 701287164, 829774362, 1099797440,
      ],
    ],
    [
      [1, 1],
      'a',
      'b b -b b b b -b -b',
      [
        1628489970, 2053204301, 1756900334, 1727623675, 399485817, 1926494238, 1193631063, 1901430964, 512049753,
        608168483, 1940717555, 88779648, 526552873, 1192884271, 1225117797, 1046311415, 941022058, 1143287935,
        1862107188, 349411777, 332525859, 333522283, 1585671625, 1051183079, 1195336462, 88520986, 665625671,
        1817154751, 970815, 2080441802, 716304081, 1629460786, 1986162455, 325720767, 1209600813, 238164625, 104731357,
        255748228, 2139595589, 616781110, 863916711, 1932829496, 705560759, 1390469584, 978230119, 1930678556,
        289297352, 1919252177, 926482843, 3920892, 121180307, 1259008702, 337443175, 1706851932, 162708134, 1532779637,
        1795372919, 828333805, 1202450741, 1796343734, 761291960, 1918754822, 1278320872, 599970767, 96991941,
        340438038, 838135392, 201723298, 596186266, 830247333, 818504408, 1460102978, 615593181, 1524065167, 703088914,
        1593823300, 1307260076, 992386266, 1365591830, 86259271, 996307158, 1486772137, 1345267974, 1333750333,
        1046140421, 1507976108, 719046323, 694029692, 188826265, 1921497064, 342889779, 950118225, 1692768238,
        1621210651, 1550088993, 1789760179, 1961648689, 240740737, 1991483477, 410351308, 1070988071, 662504237,
        1870454286, 1686581252, 39085757,
      ],
    ],
  ])('weights %j, down: "%s", requests held: %s', (weights, without, record, draws) => {
    const rig = rigOf('least-request', { algorithm: 'nginx-random-two' }, weights, { without, draws });
    expect(replayed(rig, record)).toBe(record);
    expect(() => inTurn(rig, 1)).toThrow('asked for one more');
  });
});
