import { assertEquals } from "@std/assert";
import { takePlainRest } from "../../src/s3/xml/plain_rest.ts";
import { scanRest } from "../../src/s3/xml/scan_rest.ts";

const HEAD =
  '<?xml version="1.0" encoding="UTF-8"?>\n<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">';
const TAIL = "</ListBucketResult>\n";
const GROUP = "<CommonPrefixes><Prefix>a&amp;b/</Prefix></CommonPrefixes>";

const USUAL: Record<string, string> = {
  "a last page": `<Name>b</Name><Prefix/><IsTruncated>false</IsTruncated><EncodingType>url</EncodingType>${GROUP}`,
  "a page with a token": `<IsTruncated>true</IsTruncated><NextContinuationToken>a&#34;</NextContinuationToken>`,
  "a page of ListObjects": `<Marker></Marker><NextMarker>a</NextMarker>\n  ${GROUP}\n  ${GROUP}\n`,
  "elements without content": `<EncodingType /><NextMarker/><EncodingType>url</EncodingType>`,
  "several of a name": `<NextMarker>a</NextMarker><NextMarker>b</NextMarker>`,
};

for (const [what, inner] of Object.entries(USUAL)) {
  Deno.test(`takePlainRest() reads ${what} as an XML scanner does`, () => {
    const xml = HEAD + inner + TAIL;
    const texts = takePlainRest(xml);
    assertEquals(texts === undefined, false);
    assertEquals(texts, scanRest(xml, []));
  });
}

const UNUSUAL: Record<string, string> = {
  "another root": "<ListAllMyBucketsResult></ListAllMyBucketsResult>",
  "an attribute with a bracket": `<ListBucketResult a=">">${TAIL}`,
  "very many attributes": `<ListBucketResult${' a=""'.repeat(1_000_000)}>${TAIL}`,
  "an object": `${HEAD}<Contents><Key>a</Key></Contents>${TAIL}`,
  "an object without content": `${HEAD}<Contents/>${TAIL}`,
  "a group without content": `${HEAD}<CommonPrefixes/>${TAIL}`,
  "a group with two prefixes": `${HEAD}<CommonPrefixes><Prefix>a</Prefix><Prefix>b</Prefix></CommonPrefixes>${TAIL}`,
  "a child": `${HEAD}<Owner><ID>1</ID></Owner>${TAIL}`,
  "a comment": `${HEAD}<!-- -->${TAIL}`,
  "a namespace": `${HEAD}<s:NextMarker>a</s:NextMarker>${TAIL}`,
  "another end tag": `${HEAD}<NextMarker>a</Marker>${TAIL}`,
  "no end": `${HEAD}<NextMarker>a</NextMarker>`,
  "something behind it": `${HEAD}${TAIL}<a/>`,
};

for (const [what, xml] of Object.entries(UNUSUAL)) {
  Deno.test(`takePlainRest() leaves ${what} to others`, () => assertEquals(takePlainRest(xml), undefined));
}
