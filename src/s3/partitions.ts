/** A part of AWS with regions, accounts and a domain of its own. */
export interface Partition {
  /** As in ARNs, e.g. `"aws-cn"`. */
  readonly name: string;
  /** The end of the host names of its services, e.g. `"amazonaws.com.cn"`. */
  readonly domain: string;
}

/** The partition of a region. */
export function partitionOf(region: string): Partition {
  return PARTITIONS.find(({ regions }) => regions.test(region)) ?? AWS;
}

/** Whether a host belongs to AWS. */
export function isAwsHost(hostname: string): boolean {
  return [AWS, ...PARTITIONS].some(({ domain }) => hostname.endsWith(`.${domain}`));
}

const AWS: Partition = { name: "aws", domain: "amazonaws.com" };

/** https://github.com/boto/botocore/blob/develop/botocore/data/partitions.json */
const PARTITIONS: readonly (Partition & { readonly regions: RegExp })[] = [
  { regions: /^cn-/, name: "aws-cn", domain: "amazonaws.com.cn" },
  { regions: /^us-gov-/, name: "aws-us-gov", domain: "amazonaws.com" },
  { regions: /^us-iso-/, name: "aws-iso", domain: "c2s.ic.gov" },
  { regions: /^us-isob-/, name: "aws-iso-b", domain: "sc2s.sgov.gov" },
  { regions: /^eu-isoe-/, name: "aws-iso-e", domain: "cloud.adc-e.uk" },
  { regions: /^us-isof-/, name: "aws-iso-f", domain: "csp.hci.ic.gov" },
  { regions: /^eusc-/, name: "aws-eusc", domain: "amazonaws.eu" },
];
