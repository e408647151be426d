import { show } from "../errors.ts";

/**
 * Why no store has a bucket of this name; `undefined` if one may. Such a name is safe in a URL's path. Ceph, Swift and
 * other stores take upper case and `_`, as AWS once did, and up to 255 characters.
 * https://docs.ceph.com/en/latest/radosgw/s3/bucketops/
 */
export function bucketNameProblem(name: string): string | undefined {
  if (isAnyBucket(name)) return undefined;
  const problem = `${show(name)} is not a valid bucket name`;
  const [, ofArn] = /^arn:[\w-]*:s3:::([^/]+)/.exec(name) ?? [];
  if (ofArn !== undefined) return `${problem}, but an ARN; write ${show(ofArn)}`;
  if (name.startsWith("arn:")) {
    return `${problem}, but an ARN; write the bucket's name, or the access point's alias that ends in -s3alias`;
  }
  const [bucket = "", ...rest] = name.replace("s3://", "").split("/");
  if (bucket === name || !isAnyBucket(bucket)) return problem;
  return `${problem}; write ${show(bucket)}${rest.join("") === "" ? "" : ', and the rest as the "prefix"'}`;
}

/**
 * Why AWS has no bucket of this name that this module can use; `undefined` if it may. Such a name is safe in a host
 * name. https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
 */
export function awsBucketProblem(name: string): string | undefined {
  const problem = bucketNameProblem(name);
  if (problem !== undefined) return problem;
  if (!isHostBucket(name)) return `${show(name)} is not a valid bucket name`;
  if (/--xa?-s3$/.test(name)) {
    return `${show(name)} is a directory bucket of S3 Express, which has an API of its own; ` +
      "write the name of a general purpose bucket";
  }
  return name.endsWith(".mrap")
    ? `${show(name)} is a Multi-Region Access Point; write the name of one of its buckets`
    : undefined;
}

function isAnyBucket(name: string): boolean {
  return /^\w[\w.-]{0,254}$/.test(name);
}

/** Whether a bucket's name can be in a host name. */
export function isHostBucket(name: string): boolean {
  return /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(name) && !name.includes("..") && !/^\d+\.\d+\.\d+\.\d+$/.test(name);
}
