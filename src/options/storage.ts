import { show } from "../errors.ts";
import { isHeaderValue } from "../s3/headers.ts";
import { isGroup, textWith } from "./checks.ts";
import { didYouMean } from "./did_you_mean.ts";
import type { Kind } from "./option_table.ts";

const headerText = textWith((value) => isHeaderValue(value) ? undefined : "it must be printable ASCII");

/** The name of a storage class. Stores other than AWS have their own. */
export const storageClass: Kind<"string"> = headerText;

/** How the store encrypts a file. */
export const encryption: Kind<"object"> = {
  type: "object",
  check(value) {
    if (!isGroup(value)) return 'it must be an object with an "algorithm"';
    const { algorithm, kmsKeyId, ...others } = { algorithm: undefined, kmsKeyId: undefined, ...value };
    const [other] = Object.keys(others);
    if (other !== undefined) {
      return `there is no option ${show(other)} in it${didYouMean(other, ["algorithm", "kmsKeyId"])}`;
    }
    if (!ALGORITHMS.includes(algorithm ?? "")) return `its algorithm must be ${CHOICE}`;
    if (kmsKeyId === undefined) return undefined;
    if (algorithm === "AES256") return 'its "kmsKeyId" needs the algorithm "aws:kms" or "aws:kms:dsse"';
    const problem = headerText.check(kmsKeyId);
    return problem && `its kmsKeyId cannot be used: ${problem}`;
  },
};

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html */
const ALGORITHMS = ["AES256", "aws:kms", "aws:kms:dsse"];
const CHOICE = '"AES256", "aws:kms" or "aws:kms:dsse"';
