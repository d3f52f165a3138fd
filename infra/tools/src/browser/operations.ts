/** The operations that the journey pastes into GraphiQL, as a partner's developer would write them. */
const SESSION = 'session { accessToken membership { id accountId accountName } }';
const ERRORS = 'userErrors { code message field rule }';

export const SIGN_UP = `mutation SignUp($input: SignUpInput!) {
  signUp(input: $input) { mailTo ${ERRORS} }
}`;
export const LOG_IN = `mutation LogIn($input: SessionCreateInput!) {
  sessionCreate(input: $input) { ${SESSION} ${ERRORS} }
}`;
export const ASK_FOR_RESET = `mutation Forgot($input: PasswordResetRequestInput!) {
  passwordResetRequest(input: $input) { mailTo ${ERRORS} }
}`;
export const INVITE = `mutation Invite($input: InvitationCreateInput!) {
  invitationCreate(input: $input) { invitation { email status membership { type } } ${ERRORS} }
}`;
export const WHO_AM_I = `{
  viewer {
    user { email }
    membership { role accountReady }
    account { id name kind wallets { kind balance } }
  }
}`;
export const CONVERT = `mutation Convert($input: AccountConvertToPartnerInput!) {
  accountConvertToPartner(input: $input) { account { name kind } ${ERRORS} }
}`;
export const REQUEST = `mutation Ask($input: PartnershipRequestInput!) {
  partnershipRequest(input: $input) { partnership { id status client { name } } ${ERRORS} }
}`;
export const REQUESTS = `{
  viewer { account { partnerships(status: REQUESTED) { nodes {
    id partner { name } message askedAreas { area verb }
  } } } }
}`;
export const ACCEPT_PARTNER = `mutation Accept($input: PartnershipAcceptInput!) {
  partnershipAccept(input: $input) { partnership { status partner { name } } ${ERRORS} }
}`;
export const END_PARTNERSHIP = `mutation Part($input: PartnershipEndInput!) {
  partnershipEnd(input: $input) { partnership { status } ${ERRORS} }
}`;
export const CLIENTS = `{
  viewer { account { name clients { nodes { name wallets { kind balance } } } } }
}`;
export const MAKE_TRACKERS = `mutation Make($qr: TrackerCreateInput!, $key: TrackerCreateInput!, $button: TrackerCreateInput!) {
  qr: trackerCreate(input: $qr) { tracker { id kind status } ${ERRORS} }
  key: trackerCreate(input: $key) { tracker { id kind status } ${ERRORS} }
  button: trackerCreate(input: $button) { tracker { id kind status } ${ERRORS} }
}`;
export const DUPLICATE = `mutation Duplicate($input: TrackerDuplicateInput!) {
  trackerDuplicate(input: $input) { trackers { id name status } ${ERRORS} }
}`;
export const ACTIVATE = `mutation Activate($input: TrackersActivateInput!) {
  trackersActivate(input: $input) { trackers { name status } ${ERRORS} }
}`;
export const OFFER = `mutation Offer($input: DelegationOfferInput!) {
  delegationOffer(input: $input) { delegation { id status trackerCount } ${ERRORS} }
}`;
export const OFFERS = `{
  viewer { account { delegations(status: OFFERED) { nodes {
    id trackerCount client { name } trackers { nodes { name kind payer { name } } }
  } } } }
}`;
export const TAKE_OVER = `mutation TakeOver($input: DelegationAcceptInput!) {
  delegationAccept(input: $input) { delegation { status } ${ERRORS} }
}`;
export const END = `mutation End($input: DelegationEndInput!) {
  delegationEnd(input: $input) { delegation { status endedAt } ${ERRORS} }
}`;
export const MAKE_KEY = `mutation Key($input: ApiKeyCreateInput!) {
  apiKeyCreate(input: $input) { secret apiKey { name lastFour } ${ERRORS} }
}`;
export const RECORD = `mutation Record($input: EventsRecordInput!) {
  eventsRecord(input: $input) {
    accepted replayed refused
    results { eventId outcome code rule message event { credits payer { name } } }
    ${ERRORS}
  }
}`;
export const FLEET = `query Fleet($from: DateTime!, $to: DateTime!) {
  viewer { account {
    name
    consumption(from: $from, to: $to) { payer { name } events credits }
    delegatedTrackers { nodes { name payer { name } } }
    trackers { nodes { name status payer { name } lastEvent { eventId credits } } }
    events(first: 3) { nodes { eventId payer { name } tracker { name } } }
  } }
}`;
export const BOOKS = '{ ledgerCheck { sound problems { check detail } kinds { kind granted consumed left } } }';
