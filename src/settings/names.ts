import { accepted, refused, type Reader } from './reading';
import { notAccepted } from './wording';

/** The grammar of image references (distribution/reference, regexp.go), split at its longest parts. */
const DOMAIN = String.raw`(?:[a-zA-Z0-9](?:[a-zA-Z0-9.-]*[a-zA-Z0-9])?|\[[a-fA-F0-9:]+\])(?::[0-9]+)?`;
const PATH_COMPONENT = String.raw`[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*`;
const TAG = String.raw`\w[\w.-]{0,127}`;
const DIGEST = String.raw`[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}`;
const REFERENCE = new RegExp(`^(?:${DOMAIN}/)?${PATH_COMPONENT}(?:/${PATH_COMPONENT})*(?::${TAG})?(?:@${DIGEST})?$`);

/** A name of 255 characters, a tag of 128 and a SHA-512 digest fit into it. */
const LONGEST_REFERENCE = 530;

/** A name in the Domain Name System: RFC 1035, section 2.3.1. A name that were all digits would be taken for an address. */
const LABEL = /^[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

/** Stands for the longest number that a replica can have. */
const LONGEST_NUMBER = '99';

/** What the URL of a request may hold after the authority: RFC 3986, sections 3.3 and 3.4. */
const URL_PATH = /^\/(?!\/)(?:[A-Za-z0-9._~!$&'()*+,;=:@/?-]|%[0-9A-Fa-f]{2})*$/;
const LONGEST_URL_PATH = 2000;

/** Labels of RFC 1123, section 2.1, and the underscore that many a test machine's name has; an IPv4 address looks the same. */
const REQUEST_HOST =
  /^[A-Za-z0-9_](?:[A-Za-z0-9_-]*[A-Za-z0-9_])?(?:\.[A-Za-z0-9_](?:[A-Za-z0-9_-]*[A-Za-z0-9_])?)*(?::[1-9]\d{0,4})?$/;
const LONGEST_HOST = 260;

/** A stage of a Dockerfile by name or number (moby/buildkit, frontend/dockerfile/instructions/parse.go). */
const STAGE = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;

/** An image by name, tag, digest or identifier. */
export const imageReference: Reader<string> = (text) => {
  if (text.length <= LONGEST_REFERENCE && REFERENCE.test(text)) return accepted(text);
  return refused(notAccepted(text, 'an image reference, such as `nginx:1.30.4-alpine` or `ghcr.io/me/app@sha256:…`'));
};

/** Hostnames of the replicas, `{n}` in place of the number. */
export const hostnamePattern: Reader<string> = (text) => {
  const parts = text.split('{n}');
  if (parts.length === 2 && LABEL.test(parts.join(LONGEST_NUMBER))) return accepted(text);
  return refused(
    notAccepted(
      text,
      'a name that holds `{n}` once, such as `app{n}`: lower-case letters, digits and hyphens, a letter first, ' +
        'no hyphen last, 63 characters at most once the number is in',
    ),
  );
};

/** The path, and query if any, of a request. */
export const urlPath: Reader<string> = (text) => {
  if (text.length <= LONGEST_URL_PATH && URL_PATH.test(text)) return accepted(text);
  return refused(
    notAccepted(
      text,
      'a path that begins with a single `/`, such as `/healthz`, without spaces or `#`; other special characters ' +
        'percent-encoded',
    ),
  );
};

/** The host that a request asks for, and a port if users give one. */
export const requestHost: Reader<string> = (text) => {
  if (text.length <= LONGEST_HOST && REQUEST_HOST.test(text)) return accepted(text);
  return refused(
    notAccepted(
      text,
      'a host name, such as `shop.example.com`, with a port where users give one (`shop.example.com:8443`)',
    ),
  );
};

/** A stage of the Dockerfile. */
export const buildTarget: Reader<string> = (text) => {
  if (STAGE.test(text)) return accepted(text);
  return refused(notAccepted(text, 'the name of a stage of the Dockerfile, such as `production`'));
};

/** Free text that tells one pull-request comment from another; only its hash is written anywhere. */
export const commentKey: Reader<string> = accepted;

/** A token, never shown; what cannot stand in an HTTP header is refused. */
export const token: Reader<string> = (text) => {
  if (/^[\x21-\x7e]*$/.test(text)) return accepted(text);
  return refused('the value (not shown) is not accepted; give a token: one word of printable ASCII characters.');
};
