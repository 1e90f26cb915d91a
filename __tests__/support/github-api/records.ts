/** Who wrote a comment. */
export interface Author {
  readonly login: string;
  readonly type: 'User' | 'Bot';
}

/** A comment that the fake keeps. */
export interface StoredComment {
  readonly id: number;
  /** The issue or pull request that it stands on. */
  readonly issue: number;
  readonly author: Author;
  body: string;
}

const TIME = '2026-01-02T03:04:05Z';

/** A user as GitHub answers it inside other records. */
export function userRecord({ login, type }: Author, api: string): Readonly<Record<string, unknown>> {
  const url = `${api}/users/${encodeURIComponent(login)}`;
  return {
    login,
    id: 7,
    node_id: 'MDQ6VXNlcjc=',
    avatar_url: `${url}/avatar`,
    gravatar_id: '',
    url,
    html_url: url,
    followers_url: `${url}/followers`,
    following_url: `${url}/following{/other_user}`,
    gists_url: `${url}/gists{/gist_id}`,
    starred_url: `${url}/starred{/owner}{/repo}`,
    subscriptions_url: `${url}/subscriptions`,
    organizations_url: `${url}/orgs`,
    repos_url: `${url}/repos`,
    events_url: `${url}/events{/privacy}`,
    received_events_url: `${url}/received_events`,
    type,
    site_admin: false,
  };
}

/** The user whose token it is, as `GET /user` answers. */
export function viewerRecord(author: Author, api: string): Readonly<Record<string, unknown>> {
  return {
    ...userRecord(author, api),
    user_view_type: 'public',
    name: null,
    company: null,
    blog: null,
    location: null,
    email: null,
    hireable: null,
    bio: null,
    public_repos: 1,
    public_gists: 0,
    followers: 0,
    following: 0,
    created_at: TIME,
    updated_at: TIME,
  };
}

/** A comment as GitHub answers it. */
export function commentRecord(
  comment: StoredComment,
  repository: string,
  api: string,
): Readonly<Record<string, unknown>> {
  const { id, issue, author, body } = comment;
  return {
    id,
    node_id: `IC_${id}`,
    url: `${api}/repos/${repository}/issues/comments/${id}`,
    html_url: `${api}/${repository}/pull/${issue}#issuecomment-${id}`,
    issue_url: `${api}/repos/${repository}/issues/${issue}`,
    user: userRecord(author, api),
    body,
    created_at: TIME,
    updated_at: TIME,
    author_association: 'CONTRIBUTOR',
    performed_via_github_app: null,
  };
}
