#!/usr/bin/env bash
# Tests of the Bash client: by the vectors of the protocol, and against a server, which this starts unless AICQ_URL names one.
# Usage: ./test.sh [PATTERN]: only the tests whose sentence matches.

# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2317 # programs of jq, variables that the client reads, functions that are called by name

HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
REPOSITORY=$(cd "$HERE/../.." && pwd)
VECTORS=$REPOSITORY/spec/vectors
GROUP=server
[[ ${1:-} != --vectors ]] || { GROUP=vectors && shift; }
PATTERN=${1:-}
AICQ=$HERE/aicq

# shellcheck source=/dev/null
source "$HERE/aicq"
begin
W=$(mktemp -d)
SERVER_PID=
finish() {
  if [[ -n $SERVER_PID ]]; then
    kill -TERM "$SERVER_PID" 2>/dev/null
    wait "$SERVER_PID" 2>/dev/null
  fi
  end
  rm -rf "$W"
}
trap finish EXIT

PASSED=0 FAILURES=0
# test_that SENTENCE FUNCTION
test_that() {
  [[ -z $PATTERN || $1 =~ $PATTERN ]] || return 0
  if "$2" >"$W/said" 2>&1; then
    PASSED=$((PASSED + 1))
    printf 'ok      %s\n' "$1"
  else
    FAILURES=$((FAILURES + 1))
    printf 'not ok  %s\n' "$1"
    sed 's/^/          /' "$W/said" | tail -n 20
  fi
}

# same WHAT GIVEN EXPECTED
same() {
  [[ $2 == "$3" ]] && return 0
  printf '%s\n  is       %s\n  expected %s\n' "$1" "$2" "$3"
  return 1
}

# rows FILE FILTER: the lines that a filter of jq makes of a vector file, members parted by |.
rows() {
  cp "$VECTORS/$1" "$W/vector.json"
  is_json "$W/vector.json"
  jq -r "$2 | map(tostring) | join(\"|\")" "$W/vector.json"
}

hex64() { from_base64 "$1" || { REPLY='' && return 1; }; }

# ------------------------------------------------------------------------------------------------------------------- vectors

ids_follow_from_seeds() {
  local seed key did id hex n=0
  while IFS='|' read -r seed key did id; do
    hex64 "$seed" && private_key "$T/k" "$REPLY"
    public_key "$T/k" && hex=$REPLY
    base64_of "$hex" && same key "$REPLY" "$key" || return 1
    did_of "$hex" && same did "$REPLY" "$did" || return 1
    agent_id_of "$hex" && same id "$REPLY" "$id" || return 1
    key_of "$did" && same 'key of did' "$REPLY" "$hex" || return 1
    is_usable_key "$hex" || return 1
    n=$((n + 1))
  done < <(rows ids.json '.agents[] | [.seed, .public_key, .did_key, .agent_id]' && rows v0.json '.agents[] | [.seed, .public_key, .did_key, .agent_id]')
  ((n >= 8))
}

other_dids_are_refused() {
  local did
  while IFS= read -r did; do
    ! key_of "$did" || { echo "taken: $did" && return 1; }
  done < <(jq -r '.not_did_keys[]' "$VECTORS/ids.json")
}

weak_keys_are_refused() {
  local name key n=0
  while IFS='|' read -r key name; do
    n=$((n + 1))
    if hex64 "$key" && is_usable_key "$REPLY"; then echo "taken: $name" && return 1; fi
  done < <(rows ids.json '.keys_to_refuse | to_entries[] | [.value, .key]')
  ((n >= 13))
}

message_ids_are_known() {
  local id first ms
  while IFS='|' read -r id ms; do
    is_message_id "$id" || { echo "refused: $id" && return 1; }
    new_message_id "$ms" && first=${REPLY:0:10}
    is_message_id "$REPLY" && same "time of $id" "$first" "${id:0:10}" || return 1
  done < <(rows ids.json '.message_ids[] | [.id, .time]')
  while IFS= read -r id; do
    ! is_message_id "$id" || { echo "taken: $id" && return 1; }
  done < <(jq -r '.not_message_ids[]' "$VECTORS/ids.json")
}

base64_has_one_spelling() {
  local hex
  for hex in '' 00 0001 000102 fffefdfc; do
    base64_of "$hex" && from_base64 "$REPLY" && same base64 "$REPLY" "$hex" || return 1
  done
  ! from_base64 AB== && ! from_base64 AA= && ! from_base64 'AA-_' && ! from_base64 $'AAAA\n'
}

x25519_forms_follow() {
  local seed key form
  while IFS='|' read -r seed key form; do
    hex64 "$key" && x25519_of "$REPLY" && base64_of "$REPLY" && same public "$REPLY" "$form" || return 1
    hex64 "$seed" && x25519_identity "$T/k" "$REPLY" && public_key "$T/k" && base64_of "$REPLY" && same secret "$REPLY" "$form" || return 1
  done < <(rows v0.json '.agents[] | [.seed, .public_key, .x25519_public_key]')
}

requests_are_signed() {
  local at name base parameters digest has_body n=0
  local -a given=() r=()
  mapfile -d '' -t given < <(jq -j '.requests[] | .name, .method, .authority, .path, .query, .expect, (.headers["signature-input"] // ""),
    (.headers.signature // ""), (.headers["content-digest"] // ""), (.base // "" | @base64), .body | tostring + "\u0000"' "$VECTORS/rfc9421.json")
  for ((at = 0; at < ${#given[@]}; at += 11)); do
    r=("${given[@]:at:11}")
    [[ ${r[5]:-} == accepted && ${r[6]} == aicq=\(* ]] || continue
    name=${r[0]} parameters=${r[6]#aicq=} digest=${r[8]}
    # those whose members stand in the order in which this client writes them
    [[ $parameters =~ ^\([^\)]*\)\;created=([0-9]+)\;nonce=\"([^\"]*)\"\;keyid=\"([^\"]*)\"\;tag=\"aicq\"$ ]] || continue
    local created=${BASH_REMATCH[1]} nonce=${BASH_REMATCH[2]} keyid=${BASH_REMATCH[3]}
    has_body=$digest
    if [[ -n $has_body ]]; then
      hex64 "${r[10]}" && put_hex "$T/b" "$REPLY"
      content_digest "$T/b" && same "$name: digest" "$REPLY" "$digest" || return 1
    fi
    signature_parameters "$created" "$nonce" "$keyid" "$has_body"
    [[ $REPLY == "$parameters" ]] || continue # components in another order
    signature_base "${r[1]}" "${r[2]}" "${r[3]}" "${r[4]}" "$digest" "$REPLY" && base=$REPLY
    same "$name: base" "$(printf %s "$base" | base64 | tr -d '\n')" "${r[9]}" || return 1
    printf %s "$base" >"$T/b"
    hex64 "$(jq -r .agents.ada.seed "$VECTORS/rfc9421.json")" && private_key "$T/k" "$REPLY"
    sign "$T/k" "$T/b" && same "$name: signature" "aicq=:$REPLY:" "${r[7]}" || return 1
    n=$((n + 1))
  done
  echo "only $n were compared"
  ((n >= 7))
}

v0_signatures_verify() {
  local key payload signature n=0
  while IFS=' ' read -r key payload signature; do
    hex64 "$key" && key=$REPLY
    hex64 "$payload" && put_hex "$T/b" "$REPLY"
    is_signed_by "$key" "$signature" "$T/b" || return 1
    printf x >>"$T/b"
    ! is_signed_by "$key" "$signature" "$T/b" || return 1
    n=$((n + 1))
  done < <(jq -r '. as $all | .request_signatures[] | "\($all.agents[.agent].public_key) \(.payload | @base64) \(.signature)"' "$VECTORS/v0.json")
  ((n >= 4))
}

# nobody KEEPS: no server explains a key.
nobody() { ERROR=agent_not_found DETAIL='' RETRYABLE=false && return 1; }

envelopes() { # FILE LIST MEMBER ENVELOPE
  rows "$1" ".$2" >/dev/null
  jq -c "[.$2[].$3]" "$W/vector.json" >"$W/list"
  jq -r "$CANONICAL .$2[] | select(.canonical) | .$3 | $4 | canonical" "$W/vector.json" >"$W/made"
  jq -r "$CANONICAL .$2[] | select(.canonical) | .canonical" "$W/vector.json" >"$W/expected"
  # U+007F, which a newer jq escapes
  diff "$W/made" <(sed 's/\\u007f/\x7f/g' "$W/expected") && [[ -s $W/made ]]
}

messages_are_proven() (
  try_call() { nobody; }
  envelopes messages.json messages message message_envelope || return 1
  prove_messages "$W/list" .
  diff <(jq -r '.[].proof' "$W/list") <(jq -r '.messages[].expect' "$W/vector.json") && [[ $(jq length "$W/list") -ge 22 ]]
)

signed_dms_are_proven() (
  try_call() { nobody; }
  envelopes dms.json dms dm dm_envelope || return 1
  hex64 "$(jq -r .agents.ada.seed "$VECTORS/rfc9421.json")" && SEED=$REPLY ID=00000000-0000-8000-8000-000000000000 FORMER=()
  use_seed
  open_dms "$W/list" .
  diff <(jq -r '.[].proof' "$W/list") <(jq -r '.dms[].expect' "$W/vector.json") && [[ $(jq length "$W/list") -ge 22 ]]
)

bodies_are_read() {
  local at name body expect plain bob n=0
  local -a given=()
  rows dms.json '.agents.bob | [.seed]' >"$W/seed"
  hex64 "$(cat "$W/seed")" && bob=$REPLY
  mapfile -d '' -t given < <(jq -j '.bodies[] | .name, .expect, .plaintext // "", .body | . + "\u0000"' "$W/vector.json")
  for ((at = 0; at < ${#given[@]}; at += 4)); do
    name=${given[at]} expect=${given[at + 1]} plain=${given[at + 2]} body=${given[at + 3]}
    if decrypt "$bob" "$body"; then
      same "$name" "read" "$expect" || return 1
      base64_of "$REPLY" && same "$name" "$REPLY" "$plain" || return 1
    else
      same "$name" "$REPLY" "$expect" || return 1
    fi
    n=$((n + 1))
  done
  ((n >= 28))
}

bodies_are_made() {
  local wire seed plain secret nonce key n=0
  while IFS='|' read -r wire seed plain secret nonce key; do
    hex64 "$plain" && plain=$REPLY
    hex64 "$seed" && decrypt "$REPLY" "$wire" && same plaintext "$REPLY" "$plain" || return 1
    hex64 "$secret" && x25519_private "$T/e" "$REPLY"
    hex64 "$nonce" && nonce=$REPLY
    hex64 "$key" && encrypt_with "$T/e" "$nonce" "$REPLY" "$plain" && same body "$REPLY" "$wire" || return 1
    n=$((n + 1))
  done < <(rows v0.json '. as $all | .direct_messages[] | [.wire, $all.agents[.recipient].seed, (.plaintext | @base64), .ephemeral_secret, .nonce, $all.agents[.recipient].public_key]')
  ((n >= 4))
}

tampered_bodies_are_refused() {
  local name seed wire n=0
  while IFS='|' read -r name seed wire; do
    hex64 "$seed"
    ! decrypt "$REPLY" "$wire" || { echo "read: $name" && return 1; }
    n=$((n + 1))
  done < <(rows v0.json '. as $all | .direct_messages_to_reject[] | [.name, $all.agents[.recipient].seed, .wire]')
  ((n >= 8))
}

long_texts_are_refused() {
  local text
  hex64 "$(jq -r '.agents[0].public_key' "$VECTORS/v0.json")"
  local key=$REPLY
  printf -v text '%6084s' ''
  encrypt "$key" "${text// /61}" && [[ ${#REPLY} == 8192 ]] || return 1
  ! encrypt "$key" "${text// /61}61" && same code "$REPLY" too_long
}

histories_are_verified() {
  local at n=0
  local -a given=() h=()
  mapfile -t given < <(jq -r '.histories[] | .name, .agent, .expect, (.hash // ""), (.version // ""), ((.keys // []) | map(.key) | join(" ")),
    (.recovery // ""), (.closed // false), (.dm // ""), (.operations | tojson)' "$VECTORS/keys.json")
  for ((at = 0; at < ${#given[@]}; at += 10)); do
    h=("${given[@]:at:10}")
    printf '%s\n' "${h[9]}" >"$W/operations"
    if verify_history "$W/operations" "${h[1]}"; then
      same "${h[0]}" valid "${h[2]}" || return 1
      same "${h[0]}: hash" "$H_HASH" "${h[3]}" && same "${h[0]}: version" "$H_VERSION" "${h[4]}" && same "${h[0]}: keys" "${H_KEYS[*]}" "${h[5]}" &&
        same "${h[0]}: recovery" "$H_RECOVERY" "${h[6]}" && same "${h[0]}: closed" "${H_CLOSED:-no}" "$([[ ${h[7]} == true ]] && echo yes || echo no)" || return 1
    else
      same "${h[0]}" "$FAULT" "${h[2]}" || return 1
    fi
    n=$((n + 1))
  done
  ((n >= 49))
}

forks_are_decided() {
  local at n=0
  local -a given=()
  mapfile -t given < <(jq -r '.forks[] | .name, .agent, .holds, (.known, .offered | tojson)' "$VECTORS/keys.json")
  for ((at = 0; at < ${#given[@]}; at += 5)); do
    printf '%s\n' "${given[at + 3]}" >"$W/known"
    printf '%s\n' "${given[at + 4]}" >"$W/offered"
    local found=known
    ! takes_place "$W/known" "$W/offered" "${given[at + 1]}" || found=offered
    same "${given[at]}" "$found" "${given[at + 2]}" || return 1
    n=$((n + 1))
  done
  ((n >= 17))
}

exchanges_give_the_secret() {
  local f=$VECTORS/keyexchange.json offer answer
  X_OFFER=$(jq -r "$CANONICAL"'.offer.offer | {aicq: "keyexchange/1", from, to, purpose, public_key, created, expires} | canonical' "$f")
  same offer "$X_OFFER" "$(jq -r .offer.canonical "$f")" || return 1
  printf %s "$X_OFFER" >"$T/offer"
  exchange_answer "$(jq -r .answer.answer.public_key "$f")" "$(jq -r .answer.answer.created "$f")" && answer=$REPLY
  same answer "$answer" "$(jq -r .answer.canonical "$f")" || return 1
  hex64 "$(jq -r .offer.secret_key "$f")" && x25519_private "$T/e" "$REPLY"
  exchange_secret "$T/e" "$(jq -r .answer.answer.public_key "$f")" "$answer" && same secret "$REPLY" "$(jq -r .secret "$f")" || return 1
  while IFS= read -r offer; do
    printf %s "${offer#*|}" >"$T/offer"
    hex64 "$(jq -r .ada.public_key "$f")"
    ! is_signed_by "$REPLY" "${offer%%|*}" "$T/offer" || { echo "taken: $offer" && return 1; }
  done < <(jq -r "$CANONICAL"'.offers_to_refuse[:2][].offer | "\(.sig)|" + ({aicq: "keyexchange/1", from, to, purpose, public_key, created, expires} | canonical)' "$f")
}

work_is_that_of_the_vectors() {
  local bits challenge first n=0
  while IFS='|' read -r bits challenge first; do
    work "$bits" "$challenge" 2>/dev/null && same "work of $bits bits" "$REPLY" "$first" || return 1
    n=$((n + 1))
  done < <(rows work.json '.orders[] | [.bits, .challenge, .first]')
  ((n >= 6))
}

work_is_done() {
  local how bits hash
  for how in work slow_work; do
    for bits in 0 1 4 7 9 12; do
      if [[ $how == work ]]; then work "$bits" challenge; else slow_work "$bits" aicq:pow:1:challenge:; fi
      hash=$(printf 'aicq:pow:1:challenge:%s' "$REPLY" | sha256sum)
      ((16#${hash:0:8} >> (32 - bits) == 0)) || { echo "$how: $bits bits: $REPLY gives $hash" && return 1; }
    done
  done
  ! (work 31 challenge) && ! (work 999 challenge) && ! (work x challenge)
}

broken_replies_are_mended() {
  printf '%s' '{"a":"\ud800","b":"\ud83d\udcac","c":"\\ud800","d":"\udc00x"}' >"$W/mend"
  is_json "$W/mend" && same mended "$(jq -c '[.a == "\ufffd", .b == "💬", .c == "\\ud800", .d == "\ufffdx"]' "$W/mend")" '[true,true,true,true]' || return 1
  printf '{' >"$W/mend"
  ! is_json "$W/mend"
}

identity_files_are_kept() {
  local f=$W/keep/me.json place
  "$AICQ" keygen --identity "$f" --json >"$W/out" || return 1
  same 'files' "$(ls "$W/keep")" me.json && same mode "$(stat -c %a "$f")" 600 && same 'mode of the folder' "$(stat -c %a "$W/keep")" 700 || return 1
  same members "$(jq -c 'keys' "$f")" '["aicq","id","seed"]' || return 1
  ! "$AICQ" keygen --identity "$f" || return 1
  # of two programs that make one at once, the slower one takes what is there
  cp "$f" "$W/first" && printf '{}' >"$W/second"
  ! (keep_file "$f" "$W/second" new) && cmp "$f" "$W/first" && same 'files' "$(ls "$W/keep")" me.json || return 1
  # and so it does where it looked before the other was done
  rm "$f"
  (ln() { cp "$W/first" "$f" && command ln "$@"; } && ! keep_file "$f" "$W/second" new) && cmp "$f" "$W/first" || return 1
  same 'files' "$(ls "$W/keep")" me.json || return 1
  # a link to a file that is not there is no place for a new one, nor is a folder
  ln -s "$W/keep/nothing" "$W/link.json" && mkdir "$W/folder.json"
  for place in link folder; do
    ! (keep_file "$W/$place.json" "$W/second" new) || { echo "taken: $place" && return 1; }
    "$AICQ" register --identity "$W/$place.json" --url http://127.0.0.1:1 2>"$W/err"
    same exit $? 1 && [[ $(<"$W/err") == 'aicq: identity_unusable: '*' is no file' ]] || return 1
  done
  [[ -L $W/link.json && -z $(ls "$W/folder.json") && ! -e $W/keep/nothing ]] || return 1
  # what was written is on disk, and so is its name
  (sync() { printf '%s\n' "$1" >>"$W/flushed"; } && keep_file "$f" "$W/first" && keep_file "$W/keep/made" "$W/first" new) || return 1
  same flushed "$(wc -l <"$W/flushed")" 4 && same folders "$(grep -cxF "$W/keep/" "$W/flushed")" 2 && rm "$W/keep/made" || return 1
  jq '. + {"other": {"kept": [1]}}' "$f" >"$f.new" && mv "$f.new" "$f"
  (load_identity "$f" && make_next && use_next) || return 1
  same 'unknown member' "$(jq -c .other "$f")" '{"kept":[1]}' && same former "$(jq '.former | length' "$f")" 1 && same next "$(jq .next "$f")" null || return 1
  same mode "$(stat -c %a "$f")" 600 || return 1
  printf '{"aicq":"identity/1","id":"7cec0105-b02f-8faf-9639-ad98f0703b4e","seed":"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="}' >"$f"
  (load_identity "$f" && need_key && same 'the key of the example' "$KEY" 03a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8) || return 1
  jq '.aicq = "identity/2"' "$f" >"$f.new" && mv "$f.new" "$f"
  "$AICQ" whoami --identity "$f" 2>"$W/err"
  same exit $? 1 && [[ $(<"$W/err") == 'aicq: identity_unusable: '* ]]
}

# What another program did to the file between reading and writing stays.
changed_files_are_left_alone() {
  local f=$W/meanwhile.json change
  other() { jq --arg a "$(head -c 32 /dev/urandom | base64)" --arg b "$(head -c 32 /dev/urandom | base64)" "$1" "$W/was" >"$f"; }
  "$AICQ" keygen --identity "$f" >/dev/null && cp "$f" "$W/was" || return 1
  for change in '.former = [.seed] | .seed = $a' '.next = $b' '.former = [.seed] | .seed = $a | .next = $b'; do
    cp "$W/was" "$f"
    (load_identity "$f" && other "$change" && cp "$f" "$W/is" && make_next) 2>"$W/err"
    same "$change" $? 75 && [[ $(<"$W/err") == 'aicq: identity_changed: '*' run this again' ]] && cmp "$f" "$W/is" || return 1
  done
  # a key to come that was remembered, and is another's by now
  other '.next = $a' && cp "$f" "$W/with-next"
  (load_identity "$f" && other '.next = $b' && cp "$f" "$W/is" && make_next) 2>"$W/err"
  same 'another next' $? 75 && cmp "$f" "$W/is" || return 1
  # a file that came while there was none
  rm "$f"
  (load_identity "$f" || { ID=7cec0105-b02f-8faf-9639-ad98f0703b4e && cp "$W/was" "$f" && make_next; }) 2>"$W/err"
  same 'a file that came' $? 75 && [[ $(<"$W/err") == 'aicq: identity_changed: '* ]] && cmp "$f" "$W/was" || return 1
  # a key that became current: its place is known where another program went on from it, where it put its own, and where the file is gone
  going_on() { cp "$W/with-next" "$f" && (load_identity "$f" && make_next && cp "$f" "$W/was" && "$@" && cp "$f" "$W/is" 2>/dev/null; use_next); }
  going_on other '.former = [.next, .seed] | .seed = $b | del(.next)' && cmp "$W/is" "$f" || return 1
  going_on other '.seed = $a | .next = $b' && same 'put its own' "$(jq -c '[.seed, .former, .next]' "$f")" \
    "$(jq -cs '[.[0].next, [.[1].seed], .[1].next]' "$W/with-next" "$W/is")" || return 1
  going_on rm "$f" && same 'the file is gone' "$(jq -c . "$f")" "$(jq -c '{aicq, id, seed: .next}' "$W/with-next")"
}

misuse_is_told() {
  local status
  "$AICQ" nothing 2>"$W/err"
  same exit $? 2 && [[ $(<"$W/err") == 'aicq: usage: '* ]] || return 1
  "$AICQ" post 2>/dev/null
  same exit $? 2 || return 1
  "$AICQ" read --limit 1000 2>/dev/null
  same exit $? 2 || return 1
  "$AICQ" read --url http://127.0.0.1:1/path 2>/dev/null
  same exit $? 2 || return 1
  "$AICQ" help >"$W/out" && "$AICQ" help post >"$W/out" && grep -q 'aicq post hello' "$W/out" || return 1
  for status in "${COMMANDS[@]}"; do "$AICQ" help "$status" | sed '1,/^Examples:/d' | grep -q aicq || { echo "no example: $status" && return 1; }; done
}

# -------------------------------------------------------------------------------------------------------------------- server

# as WHO ARGUMENTS: the command line as one of our agents.
as() {
  local who=$1
  shift
  AICQ_URL=$SERVER AICQ_IDENTITY=$W/$who.json "$AICQ" "$@"
}
id_of() { [[ $(<"$W/$1.json") =~ \"id\":\ *\"([^\"]*)\" ]] && printf %s "${BASH_REMATCH[1]}"; }

# wait_for_watching: until a `watch` in the background says in $W/err, which was empty before, that it is open.
wait_for_watching() {
  local nth
  for ((nth = 0; nth < 1200; nth++)); do grep -q watching "$W/err" && return; sleep 0.1; done
  echo 'it does not say that it is watching' && return 1
}

# A `curl` that stands before the real one and does what SHIM says, to the first so many calls (SHIM_TIMES) whose address has SHIM_WHERE.
make_shim() {
  mkdir -p "$W/shim"
  printf '#!/usr/bin/env bash\nREAL=%q W=%q\n' "$(command -v curl)" "$W" >"$W/shim/curl"
  cat >>"$W/shim/curl" <<'SHIM'
out='' head='' address=${!#} n=0
for ((at = 1; at < $#; at++)); do
  next=$((at + 1))
  case ${!at} in -o) out=${!next} ;; -D) head=${!next} ;; esac
done
[[ $address == *"$SHIM_WHERE"* ]] || exec "$REAL" "$@"
[[ ! -f $W/shim/count ]] || n=$(<"$W/shim/count")
echo $((n + 1)) >"$W/shim/count"
((n < SHIM_TIMES)) || exec "$REAL" "$@"
case $SHIM in
  lose) "$REAL" "$@" >/dev/null && echo 'curl: the answer was lost' >&2 && exit 56 ;;
  late) # the first answer is lost, the second refuses the time
    ((n > 0)) || { "$REAL" "$@" >/dev/null && echo 'curl: the answer was lost' >&2 && exit 56; }
    printf '{"code":"clock_skew","detail":"your clock","retryable":true,"server_time":%s}' "$(($(date +%s) * 1000 + 2000))" >"$out"
    printf 401
    ;;
  endless)
    printf 'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n' >"$head"
    head -c 2000000 /dev/zero | tr '\0' x
    exec sleep 5
    ;;
  refuse) echo 'curl: no connection' >&2 && exit 7 ;;
  limit)
    printf 'HTTP/1.1 429 Too Many\r\nRetry-After: %s\r\n\r\n' "$SHIM_WAIT" >"$head"
    printf '{"code":"rate_limited","detail":"slower","retryable":true,"status":429}' >"$out"
    printf 429
    ;;
  unsaid) # a change of keys takes effect, and from then on nobody tells the history
    [[ $address == */keys ]] || { : >"$W/shim/changed" && exec "$REAL" "$@"; }
    [[ -e $W/shim/changed ]] || exec "$REAL" "$@"
    printf '{"code":"agent_not_found","detail":"there is no such agent"}' >"$out"
    printf 404
    ;;
  say) eval "${SHIM_AND:-}" && printf %s "$SHIM_TEXT" >"$out" && printf %s "$SHIM_STATUS" ;;
  meanwhile) cp "$SHIM_FROM" "$SHIM_TO" && exec "$REAL" "$@" ;; # what another program does to a file
  alter)
    status=$("$REAL" "$@") || exit
    jq -c "$SHIM_FILTER" "$out" >"$out.altered" && mv "$out.altered" "$out"
    printf %s "$status"
    ;;
esac
SHIM
  chmod +x "$W/shim/curl"
}
# shimmed SHIM WHERE TIMES ARGUMENTS OF `as`
shimmed() {
  local shim=$1 where=$2 times=$3
  shift 3
  rm -f "$W/shim/count" "$W/shim/changed"
  PATH=$W/shim:$PATH SHIM=$shim SHIM_WHERE=$where SHIM_TIMES=$times as "$@"
}

start_server() {
  local nth
  mkdir "$W/data"
  # the shell becomes the server, so that its pid is the one to end
  (cd "$REPOSITORY" && PATH=$REPOSITORY/node_modules/.bin:$PATH DATA_DIR=$W/data PORT=0 LOG_LEVEL=error \
    RATE_LIMIT_WHITELIST=127.0.0.1,::1 REGISTRATION_POW_BITS=8 ADMIN_AGENT_ID=$(id_of admin) \
    exec node packages/cli/src/main.js serve --json) >"$W/serve" 2>"$W/serve-errors" &
  SERVER_PID=$!
  for ((nth = 0; nth < 1500; nth++)); do
    [[ ! -s $W/serve ]] || SERVER=$(head -n 1 "$W/serve" | jq -r .url 2>/dev/null)
    [[ -z $SERVER ]] || return 0
    kill -0 "$SERVER_PID" 2>/dev/null || break
    sleep 0.2
  done
  cat "$W/serve-errors"
  return 1
}

agents_register() {
  as ada register --name Ada --json >"$W/out" 2>"$W/err" || { cat "$W/err" && return 1; }
  same created "$(jq -r .created "$W/out")" true && same id "$(jq -r .id "$W/out")" "$(id_of ada)" || return 1
  [[ -n ${AICQ_URL:-} ]] || grep -q 'proof of work: it takes 256 attempts' "$W/err" || return 1
  as ada register --json >"$W/out" && same again "$(jq -r .created "$W/out")" false || return 1
  as bob register --name Bob >/dev/null 2>&1 && same name "$(as bob whoami --json | jq -r .name)" Bob
}

strangers_are_told() {
  "$AICQ" keygen --identity "$W/stranger.json" >/dev/null
  as stranger post hello 2>"$W/err"
  same exit $? 1 && [[ $(<"$W/err") == 'aicq: agent_unknown: '* ]] || return 1
  AICQ_URL=http://127.0.0.1:1 AICQ_IDENTITY=$W/ada.json PATH=$W/shim:$PATH SHIM=refuse SHIM_WHERE='' SHIM_TIMES=1 "$AICQ" interop new "$W/x.json" >/dev/null
  shimmed refuse /v1/ 99 ada whoami 2>"$W/err"
  same exit $? 75 && [[ $(<"$W/err") == 'aicq: unreachable: '* ]] && same attempts "$(<"$W/shim/count")" 5
}

posts_are_proven() {
  local text first answer
  text=$'hello "Ada" \\ / \t tab\nline \177 é 漢字 עברית 💬 \u2028 e\u0301'
  first=$(as ada post "$text" --json) && same proof "$(jq -r .proof <<<"$first")" proven || return 1
  same body "$(jq -r .body <<<"$first")" "$text" || return 1
  answer=$(as bob reply "$(jq -r .id <<<"$first")" yes --json) && same pid "$(jq -r .pid <<<"$answer")" "$(jq -r .id <<<"$first")" || return 1
  same thread "$(as bob thread "$(jq -r .id <<<"$first")" --json | jq -c '[.messages[] | .proof]')" '["proven","proven"]' || return 1
  as bob read --json >"$W/out" && same 'newest first' "$(jq -c '[.messages[:2][] | .body]' "$W/out")" "$(jq -nc --arg text "$text" '["yes", $text]')" || return 1
  same since "$(as bob read --since "$(jq .seq <<<"$first")" --json | jq -c '[.messages[].body]')" '["yes"]' || return 1
  same got "$(as bob get global "$(jq -r .id <<<"$first")" --json | jq -r .proof)" proven || return 1
  as bob read | grep -q '✔' || return 1
  printf 'from a pipe' | as ada post - >/dev/null && same piped "$(as ada read --limit 1 --json | jq -r '.messages[0].body')" 'from a pipe'
}

forgeries_are_seen() {
  local all='["forged"]'
  same 'another body' "$(SHIM_FILTER='.messages[].body = "other"' shimmed alter /v1/room 9 bob read --limit 1 --json | jq -c '[.messages[].proof]')" "$all" || return 1
  same 'another author' "$(SHIM_FILTER=".messages[].from = \"$(id_of bob)\"" shimmed alter /v1/room 9 bob read --limit 1 --json | jq -c '[.messages[].proof]')" "$all" || return 1
  same 'another pid' "$(SHIM_FILTER='.messages[].pid = "01JYZZZZZZZZZZZZZZZZZZZZZZ"' shimmed alter /v1/room 9 bob read --limit 1 --json | jq -c '[.messages[].proof]')" "$all" || return 1
  same 'no signature' "$(SHIM_FILTER='del(.messages[].sig)' shimmed alter /v1/room 9 bob read --limit 1 --json | jq -c '[.messages[].proof]')" '["unsigned"]' || return 1
  SHIM_FILTER='.messages[].body = "other"' shimmed alter /v1/room 9 bob read --limit 1 | grep -q FORGED
}

terminals_are_left_alone() {
  local text=$'\e[2J \xe2\x80\xae \xc2\x9b31m $(touch '"$W"$'/touched) `touch '"$W"$'/touched`\nsecond line'
  as ada post "$text" >/dev/null && as bob read --limit 1 >"$W/out" || return 1
  same shown "$(sed -n 2,3p "$W/out")" $'    ·[2J · ·31m $(touch '"$W"$'/touched) `touch '"$W"$'/touched`\n    second line' || return 1
  [[ ! -e $W/touched ]] || return 1
  # nor does a server by what is no text of others
  SHIM_FILTER='.seq = "\u001b[2J" | .id = "\u009b\n2J"' shimmed alter /v1/room 9 ada post hello >"$W/out" || return 1
  same 'by a server' "$(<"$W/out")" $'posted ·\n2J as message ·[2J'
}

other_replies_are_told() {
  local reply
  for reply in '{}' null '[]' '"hello"' 5; do
    SHIM_STATUS=200 SHIM_TEXT=$reply shimmed say /v1/room 9 ada get global 01JYZZZZZZZZZZZZZZZZZZZZZZ --json >"$W/out" 2>"$W/err"
    same "$reply" $? 1 && [[ $(<"$W/err") == *'aicq: bad_reply: '* && ! -s $W/out ]] || return 1
  done
}

lost_answers_are_one_message() {
  local before after
  before=$(as ada room global --json | jq .message_count)
  shimmed lose /v1/room 1 ada post 'once and no more' --json >"$W/out" || return 1
  same attempts "$(<"$W/shim/count")" 2 || return 1
  after=$(as ada room global --json | jq .message_count)
  same count "$after" $((before + 1)) || return 1
  same found "$(as ada read --limit 10 --json | jq '[.messages[] | select(.body == "once and no more")] | length')" 1 || return 1
  # a clock that is corrected afterwards is no reason for another id
  shimmed late /v1/room 2 ada post 'nor twice' >/dev/null && same attempts "$(<"$W/shim/count")" 3 || return 1
  same 'found, though the clock was corrected' "$(as ada read --limit 10 --json | jq '[.messages[] | select(.body == "nor twice")] | length')" 1 || return 1
  # with an id of one's own the command itself may be repeated, and anything else under that id is refused
  as ada post repeated --id "$(as ada post repeated --json | jq -r .id)" >/dev/null || return 1
  as ada post 'something else' --id "$(jq -r .id "$W/out")" 2>"$W/err"
  same exit $? 1 && [[ $(<"$W/err") == 'aicq: id_conflict: '* ]]
}

limits_are_waited_for() {
  local begun=$SECONDS
  SHIM_WAIT=2 shimmed limit /v1/me 1 ada whoami >/dev/null || return 1
  ((SECONDS - begun >= 2)) || { echo "waited $((SECONDS - begun)) s" && return 1; }
  SHIM_WAIT=9999 shimmed limit /v1/me 1 ada whoami 2>"$W/err"
  same exit $? 75 && [[ $(<"$W/err") == 'aicq: rate_limited: '*'come back in 9999 s'* ]] && same attempts "$(<"$W/shim/count")" 1
}

# with_clock MS ARGUMENTS: a call by an agent whose clock is off.
with_clock() (
  eval "$(declare -f now_ms | sed '1s/now_ms/true_ms/')"
  local off=$1
  shift
  now_ms() { true_ms && REPLY=$((REPLY + off)); }
  use_server "$SERVER"
  OPTION=([identity]=$W/ada.json [json]=yes)
  "$@"
)

clocks_are_corrected() {
  same 'behind' "$(with_clock -400000 cmd_whoami | jq -r .id)" "$(id_of ada)" || return 1
  say() { WORDS=("late words") && cmd_post; }
  same 'ahead' "$(with_clock 400000 say | jq -r .body)" 'late words' || return 1
  # what only had to wait before is stored nowhere: it gets an id of the corrected time too
  rm -f "$W/shim/count"
  same 'after a limit' "$(PATH=$W/shim:$PATH SHIM=limit SHIM_WHERE=/v1/room SHIM_TIMES=1 SHIM_WAIT=0 with_clock 400000 say | jq -r .body)" 'late words' || return 1
  same 'attempts after a limit' "$(<"$W/shim/count")" 3 || return 1
  with_clock -700000 cmd_whoami 2>"$W/err"
  same exit $? 75 && [[ $(<"$W/err") == 'aicq: clock_skew: '* ]]
}

rooms_have_members() {
  local room
  room=$(as ada create lab --json | jq -r .id) && is_uuid "$room" || return 1
  as bob join "$room" --json >/dev/null && same members "$(as bob members "$room" --json | jq .total)" 2 || return 1
  same update "$(as ada update "$room" --description 'we measure' --retention 7200 --json | jq -c '[.description, .retention]')" '["we measure",7200]' || return 1
  same taken "$(as ada update "$room" --description '' --json | jq -c .description)" null || return 1
  as bob update "$room" --name mine 2>"$W/err"
  [[ $(<"$W/err") == 'aicq: not_owner: '* ]] || return 1
  as ada remove "$room" "$(id_of bob)" >/dev/null && same removed "$(as ada members "$room" --json | jq .total)" 1 || return 1
  same 'not his' "$(as bob rooms --mine --json | jq --arg id "$room" 'any(.rooms[]; .id == $id)')" false || return 1
  as bob join lab >/dev/null && same his "$(as bob rooms --mine | grep -c "^$room  lab  0 messages")" 1 || return 1
  as bob leave lab >/dev/null && as ada rooms --json | jq -e '.channels | any(.name == "lab")' >/dev/null
}

private_rooms_open_by_key() {
  local room key
  as ada create vault --private --json >"$W/out" && room=$(jq -r .id "$W/out") && key=$(jq -r .key "$W/out")
  printf %s "$key" >"$W/room-key-file"
  as bob read "$room" 2>"$W/err"
  [[ $(<"$W/err") == 'aicq: room_not_found: '* ]] || return 1
  as ada post inside --room "$room" >/dev/null || return 1
  same 'by key' "$(as bob read "$room" --key "$key" --json | jq -r '.messages[0].body')" inside || return 1
  as bob post 'by key' --room "$room" --key-file "$W/room-key-file" >/dev/null || return 1
  as bob join "$room" --key-file "$W/room-key-file" >/dev/null && same 'by membership' "$(as bob read "$room" --json | jq -r '.messages[0].proof')" proven || return 1
  # by its name too, unless another room has it
  same 'by name' "$(as bob room vault --json | jq -r .id)" "$room" || return 1
  as bob create vault >/dev/null && as bob post 'a secret' --room vault 2>"$W/err"
  [[ $(<"$W/err") == 'aicq: room_not_found: 2 rooms are called vault: '* ]]
}

messages_are_taken_back() {
  local id
  id=$(as ada post 'not for long' --json | jq -r .id)
  as bob delete "$id" 2>"$W/err"
  [[ $(<"$W/err") == 'aicq: not_author: '* ]] || return 1
  as ada delete "$id" >/dev/null && as ada delete "$id" >/dev/null || return 1
  as ada get global "$id" 2>"$W/err"
  same exit $? 1 && [[ $(<"$W/err") == 'aicq: message_not_found: '* ]]
}

messages_are_found() {
  local nth word=zebra$RANDOM
  as ada post "a $word in the garden" >/dev/null
  for nth in 1 2 3 4 5; do
    as bob search "$word" --json >"$W/out"
    [[ $(jq '.results | length' "$W/out") == 1 ]] && break
    sleep 0.5
  done
  same "found after $nth" "$(jq -c '[.results[] | .proof]' "$W/out")" '["proven"]'
}

dms_are_secret() {
  local id text=$'between us: "é 💬"\n\ttab'
  id=$(as ada dm send "$(id_of bob)" "$text" --json | jq -r .id) && is_message_id "$id" || return 1
  as bob dms --json >"$W/out" && same text "$(jq -r '.messages[0].text' "$W/out")" "$text" && same proof "$(jq -r '.messages[0].proof' "$W/out")" proven || return 1
  ! grep -q 'between us' <<<"$(as bob call GET /v1/dm)" || return 1
  same sent "$(as ada dm read --peer "$(id_of bob)" --json | jq -c '.messages[0] | [.sent, .text]')" '[true,null]' || return 1
  printf '' | as ada dm send "$(id_of ada)" - >/dev/null && same 'to oneself, nothing' "$(as ada dms --json | jq -r '.messages[0].text')" '' || return 1
  as bob dm delete "$id" >/dev/null && same deleted "$(as bob dms --json | jq '[.messages[] | select(.id == "'"$id"'")] | length')" 0 || return 1
  shimmed lose /v1/dm 1 ada dm send "$(id_of bob)" twice >/dev/null &&
    same 'one of a lost answer' "$(as bob dms --json | jq '[.messages[] | select(.text == "twice")] | length')" 1
}

tampered_dms_are_seen() {
  as ada dm send "$(id_of bob)" 'the whole truth' >/dev/null
  local changed='.messages[0].body |= (.[:80] + (if .[80:81] == "A" then "B" else "A" end) + .[81:])'
  SHIM_FILTER=$changed shimmed alter /v1/dm 9 bob dms --limit 1 --json >"$W/out" || return 1
  same 'a changed body' "$(jq -c '.messages[0] | [.proof, .error, .text]' "$W/out")" '["forged","wrong_key_or_tampered",null]' || return 1
  SHIM_FILTER="$changed | del(.messages[0].sig)" shimmed alter /v1/dm 9 bob dms --limit 1 --json >"$W/out" || return 1
  same 'and no signature' "$(jq -c '.messages[0] | [.proof, .error, .text]' "$W/out")" '["unsigned","wrong_key_or_tampered",null]' || return 1
  SHIM_FILTER=".messages[0].from = \"$(id_of bob)\"" shimmed alter /v1/dm 9 bob dms --limit 1 --json >"$W/out"
  same 'another author' "$(jq -r '.messages[0].proof' "$W/out")" forged
}

false_keys_get_nothing() {
  local other=$W/mallory.json
  "$AICQ" keygen --identity "$other" --json >"$W/out"
  local filter
  filter=".operations = [{aicq: \"keys/1\", agent: \"$(id_of bob)\", version: 1, op: \"create\", key: \"$(jq -r .key "$W/out")\"}]"
  SHIM_FILTER=$filter shimmed alter /keys 9 ada dm send "$(id_of bob)" secret 2>"$W/err"
  same exit $? 1 && [[ $(<"$W/err") == 'aicq: key_mismatch: '* ]]
}

keys_are_changed() {
  local id key before
  "$AICQ" keygen --identity "$W/cleo.json" >/dev/null && as cleo register >/dev/null 2>&1
  id=$(id_of cleo)
  as cleo post 'with the first key' >/dev/null && as ada dm send "$id" 'for the first key' >/dev/null || return 1
  as cleo keys recovery --json >"$W/out" && jq -r .recovery_key "$W/out" >"$W/safe" || return 1
  cp "$W/cleo.json" "$W/thief.json"
  as cleo keys rotate --json >"$W/out" && key=$(jq -r .key "$W/out") || return 1
  as cleo post 'with the second key' >/dev/null || return 1
  same 'both proven' "$(as ada read --limit 2 --json | jq -c '[.messages[].proof]')" '["proven","proven"]' || return 1
  same 'the old one is read' "$(as cleo dms --json | jq -r '.messages[0].text')" 'for the first key' || return 1
  as ada dm send "$id" 'for the second key' >/dev/null && same 'the new one too' "$(as cleo dms --json | jq -r '.messages[0].text')" 'for the second key' || return 1
  as thief post 'stolen' 2>"$W/err"
  same exit $? 1 && [[ $(<"$W/err") == 'aicq: key_revoked: '* ]] || return 1
  # another server cannot show later what was before
  before=$(as ada keys show "$id" --json | jq -c '.operations[:1]')
  same 'an older history' "$(SHIM_FILTER=".operations = $before" shimmed alter /keys 9 ada keys show "$id" --json | jq .version)" 3 || return 1
  "$AICQ" keygen --identity "$W/none.json" >/dev/null
  AICQ_URL=$SERVER "$AICQ" keys revoke "$W/safe" --agent "$id" --identity "$W/again.json" --json >"$W/out" 2>/dev/null || return 1
  same 'the same agent' "$(jq -r .id "$W/again.json")" "$id" && [[ $(jq -r .key "$W/out") != "$key" ]] || return 1
  as again post 'with the third key' >/dev/null && same proven "$(as ada read --limit 1 --json | jq -r '.messages[0].proof')" proven || return 1
  as cleo post 'with the second key' 2>"$W/err"
  [[ $(<"$W/err") == 'aicq: key_revoked: '* ]] || return 1
  jq -r .recovery_key "$W/out" | as again keys close - --yes 2>/dev/null
  same 'close takes a word' $? 0 || return 1
  as ada dm send "$id" 'to nobody' 2>"$W/err"
  [[ $(<"$W/err") == 'aicq: agent_closed: '* ]]
}

interrupted_changes_are_settled() {
  "$AICQ" keygen --identity "$W/dora.json" >/dev/null && as dora register >/dev/null 2>&1
  cp "$W/dora.json" "$W/dora-before.json"
  as dora keys rotate >/dev/null || return 1
  # the change took effect, and its program ended before it could say so
  jq --slurpfile now "$W/dora.json" '.next = $now[0].seed' "$W/dora-before.json" >"$W/dora-between.json" && cp "$W/dora-between.json" "$W/dora.json"
  as dora whoami >/dev/null && same seed "$(jq -c '[.next, (.former | length)]' "$W/dora.json")" '[null,1]' || return 1
  # the change has not happened, or not yet: its key stays, and is the key of the next change
  local seed
  seed=$(jq -r .seed "$W/dora-before.json")
  jq --arg next "$(head -c 32 /dev/urandom | base64)" '.next = $next' "$W/dora.json" >"$W/dora-between.json" && cp "$W/dora-between.json" "$W/dora.json"
  as dora whoami >/dev/null && same next "$(jq -r .next "$W/dora.json")" "$(jq -r .next "$W/dora-between.json")" || return 1
  as dora keys rotate >/dev/null
  same seeds "$(jq -c '[.seed, .next, .former[1]]' "$W/dora.json")" "$(jq -c --arg first "$seed" '[.next, null, $first]' "$W/dora-between.json")"
}

keys_are_kept_in_doubt() {
  local id next
  "$AICQ" keygen --identity "$W/finn.json" >/dev/null && as finn register >/dev/null 2>&1
  id=$(id_of finn)
  as finn keys recovery 2>/dev/null >"$W/safe" || return 1
  # another program rotates, or takes the agent back, at the same time
  jq '.former = [.seed] | .seed = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="' "$W/finn.json" >"$W/other.json"
  cp "$W/finn.json" "$W/finn-before.json"
  SHIM_FROM=$W/other.json SHIM_TO=$W/finn.json shimmed meanwhile /keys 1 finn keys rotate 2>"$W/err"
  same 'rotated meanwhile' $? 75 && [[ $(<"$W/err") == 'aicq: identity_changed: '* ]] && cmp "$W/finn.json" "$W/other.json" || return 1
  cp "$W/finn-before.json" "$W/finn.json"
  SHIM_FROM=$W/other.json SHIM_TO=$W/taken.json shimmed meanwhile /keys 1 taken keys revoke "$W/safe" --agent "$id" 2>"$W/err"
  same 'taken back meanwhile' $? 75 && [[ $(<"$W/err") == 'aicq: identity_changed: '* ]] && cmp "$W/taken.json" "$W/other.json" || return 1
  rm "$W/taken.json"
  same 'nothing was changed' "$(as ada keys show "$id" --json | jq .version)" 2 || return 1
  # a file that was made for what the server refuses goes, unless another program has changed it; after any other end it stays
  SHIM_STATUS=409 SHIM_TEXT='{"code":"key_history_invalid","detail":"no"}' shimmed say /revoke 1 taken keys revoke "$W/safe" --agent "$id" 2>"$W/err"
  same refused $? 1 && [[ $(<"$W/err") == 'aicq: key_history_invalid: '* && ! -e $W/taken.json ]] || return 1
  SHIM_AND="cp '$W/other.json' '$W/taken.json'" SHIM_STATUS=409 SHIM_TEXT='{"code":"key_history_invalid","detail":"no"}' \
    shimmed say /revoke 1 taken keys revoke "$W/safe" --agent "$id" 2>/dev/null
  same 'refused, and changed' $? 1 && cmp "$W/taken.json" "$W/other.json" && rm "$W/taken.json" || return 1
  SHIM_STATUS=404 SHIM_TEXT='<html>' shimmed say /revoke 1 taken keys revoke "$W/safe" --agent "$id" 2>"$W/err"
  same 'something else answers' $? 1 && [[ $(<"$W/err") == 'aicq: bad_reply: '* ]] && next=$(jq -r .next "$W/taken.json") && [[ ${#next} == 44 ]] || return 1
  # a change that took effect and that nobody tells of: its keys are there
  shimmed unsaid /v1/agent 99 taken keys revoke "$W/safe" --agent "$id" --json >"$W/out" 2>"$W/err"
  same 'nobody tells' $? 1 && [[ $(<"$W/err") == *'aicq: agent_not_found: '* ]] || return 1
  same 'the next key is kept' "$(jq -r .next "$W/taken.json")" "$next" || return 1
  same 'and current' "$(as taken keys show --json | jq -r '.keys[-1].key')" "$(jq -r .key "$W/out")" && same settled "$(jq -c '[.seed, .next]' "$W/taken.json")" "[\"$next\",null]" || return 1
  jq -r .recovery_key "$W/out" >"$W/safe"
  # and so is a recovery key that was promised
  shimmed unsaid /v1/agent 99 taken keys recovery >"$W/safe-too" 2>"$W/err"
  same 'nobody tells of the promise' $? 1 && as taken keys close "$W/safe-too" --yes >/dev/null
}

presence_and_receipts() {
  local id
  same presence "$(as ada presence --set 'counts birds' --busy --for 60 --json | jq -c '[.status, .busy]')" '["counts birds",true]' || return 1
  same asked "$(as bob presence "$(id_of ada)" --json | jq -r '.presences[0].state')" online || return 1
  as ada create receipts --json >"$W/out" && local room
  room=$(jq -r .id "$W/out")
  as bob join "$room" >/dev/null && id=$(as ada post 'do this' --room "$room" --json | jq -r .id)
  same 'done' "$(as bob ack "$room" "$id" 'done' 'it is done' --json | jq -r .state)" 'done' || return 1
  same shown "$(as ada get "$room" "$id" --json | jq -c '.receipts | [.done, .by[0].note]')" '[1,"it is done"]'
}

many_at_once() {
  jq -n --arg bob "$(id_of bob)" '[{room: "global", body: "one of three"}, {agent: $bob, text: "two of three"}, {room: "global", body: "three of three"}]' |
    shimmed lose /v1/batch 1 ada batch - --json >"$W/out" || return 1
  same results "$(jq -c '[.results[] | keys[0]]' "$W/out")" '["message","dm","message"]' || return 1
  same 'the dm' "$(as bob dms --limit 1 --json | jq -r '.messages[0] | "\(.text) \(.proof)"')" 'two of three proven' || return 1
  same 'each once' "$(as bob read --limit 5 --json | jq -c '[.messages[] | select(.body | test("of three")) | .proof]')" '["proven","proven"]' || return 1
  same rpc "$(printf '{"jsonrpc":"2.0","id":7,"method":"agent.me"}' | as ada rpc - --json | jq -r .result.id)" "$(id_of ada)" || return 1
  same call "$(as ada call GET '/v1/room/global?limit=1' | jq '.messages | length')" 1
}

what_happened_is_synced() {
  as ada sync 2>/dev/null >/dev/null && as bob dm send "$(id_of ada)" 'while you were away' >/dev/null || return 1
  as ada sync --json >"$W/out" && same event "$(jq -r '.events[] | select(.type == "dm.received") | .dm.text' "$W/out")" 'while you were away' || return 1
  same 'told once' "$(as ada sync --json | jq '.events | length')" 0 || return 1
  as ada sync --cursor nonsense 2>"$W/err"
  same exit $? 1 && [[ $(<"$W/err") == 'aicq: resync_required: '* ]]
}

what_happens_is_watched() {
  local cursor
  : >"$W/err"
  as bob watch global --dms --max 3 --for 300 --json >"$W/out" 2>"$W/err" &
  local watcher=$!
  wait_for_watching || return 1
  as ada post 'first seen' >/dev/null
  as ada dm send "$(id_of bob)" 'then this' >/dev/null
  as ada post 'last seen' >/dev/null
  wait "$watcher" || return 1
  same events "$(jq -c '[.type, .message.body // .dm.text, .message.proof // .dm.proof]' "$W/out" | tr '\n' ' ')" \
    '["message.created","first seen","proven"] ["dm.received","then this","proven"] ["message.created","last seen","proven"] ' || return 1
  cursor=$(head -n 1 "$W/out" | jq -r .cursor)
  same resumed "$(as bob watch global --cursor "$cursor" --max 1 --for 300 --json | jq -r .message.body)" 'last seen' || return 1
  as bob watch global --cursor nonsense --for 10 --json >"$W/out" 2>/dev/null && same resync "$(jq -r .type "$W/out")" resync_required
}

watching_goes_on() {
  : >"$W/err"
  shimmed refuse /v1/stream 2 bob watch global --max 1 --for 300 --json >"$W/out" 2>"$W/err" &
  local watcher=$!
  wait_for_watching || return 1
  as ada post 'after two failures' >/dev/null
  wait "$watcher" && same event "$(jq -r .message.body "$W/out")" 'after two failures' || return 1
  # a frame that never ends does not fill the memory
  : >"$W/err"
  shimmed endless /v1/stream 1 bob watch global --max 1 --for 300 --json >"$W/out" 2>"$W/err" &
  watcher=$!
  wait_for_watching || return 1
  as ada post 'after an endless one' >/dev/null
  wait "$watcher" && same event "$(jq -r .message.body "$W/out")" 'after an endless one'
}

secrets_are_exchanged() {
  local id one two
  id=$(as ada exchange offer "$(id_of bob)" --purpose files/1 --json | jq -r .id) && is_uuid "$id" || return 1
  as ada exchange finish "$id" 2>"$W/err"
  same 'not yet' $? 75 || return 1
  two=$(as bob exchange accept "$id" --json | jq -r .secret) && one=$(as ada exchange finish "$id" --json | jq -r .secret) || return 1
  [[ ${#one} == 44 ]] && same secret "$one" "$two"
}

servers_tell_of_themselves() {
  same health "$(as ada health --json | jq -r .status)" healthy && as ada info | grep -q AICQ && as ada stats | grep -q agents && as ada limits --json | jq -e .limits >/dev/null
}

invitations_are_made() {
  [[ -z ${AICQ_URL:-} ]] || return 0
  as admin register >/dev/null 2>&1 && as admin invite --days 1 --json | jq -e .invitation >/dev/null || return 1
  local id
  id=$(as admin invite list --json | jq -r '.invitations[0].id') && as admin invite revoke "$id" >/dev/null || return 1
  as ada invite 2>"$W/err"
  [[ $(<"$W/err") == 'aicq: not_admin: '* ]]
}

agents_leave() {
  "$AICQ" keygen --identity "$W/eve.json" >/dev/null && as eve register --name Eve >/dev/null 2>&1 && as eve post 'gone soon' >/dev/null || return 1
  same profile "$(as eve profile set --description 'about "me"' --name '' --json | jq -c '[.description, .name]')" '["about \"me\"",null]' || return 1
  as eve export >"$W/export" && same exported "$(jq -r 'select(.section == "messages").data.body' "$W/export")" 'gone soon' || return 1
  sed '/"section":"messages"/s/gone soon/gone late/' "$W/export" >"$W/damaged"
  (check_export "$W/damaged") 2>"$W/err"
  same exit $? 75 && [[ $(<"$W/err") == 'aicq: export_damaged: '* ]] || return 1
  sed '$d' "$W/export" >"$W/damaged"
  ! (check_export "$W/damaged") 2>/dev/null || return 1
  as eve erase 2>/dev/null </dev/null
  same 'not without yes' $? 2 || return 1
  # a limit, or a clock that is corrected, erases nothing
  "$AICQ" keygen --identity "$W/nobody.json" >/dev/null
  SHIM_WAIT=0 shimmed limit /v1/agent/ 1 nobody erase --yes 2>"$W/err"
  same 'nobody is erased' $? 1 && same attempts "$(<"$W/shim/count")" 2 && [[ $(<"$W/err") == 'aicq: agent_unknown: '* ]] || return 1
  shimmed lose /v1/agent/ 1 eve erase --yes >/dev/null && as eve register 2>"$W/err"
  same exit $? 1 && [[ $(<"$W/err") == *'aicq: agent_erased: '* ]]
}

interop_speaks_json() {
  local f=$W/inter.json id
  same new "$("$AICQ" interop new "$f" | jq -r .id)" "$(jq -r .id "$f")" || return 1
  same register "$("$AICQ" interop register "$SERVER" "$f" --name Inter 2>/dev/null | jq -r .id)" "$(jq -r .id "$f")" || return 1
  id=$("$AICQ" interop post "$SERVER" "$f" global 'in any language' | jq -r .id)
  "$AICQ" interop post "$SERVER" "$f" global 'an answer' --pid "$id" >/dev/null || return 1
  same read "$("$AICQ" interop read "$SERVER" "$f" global | jq -c '.messages[-2:] | map([.body, .proof, .from])')" \
    "[[\"in any language\",\"proven\",\"$(jq -r .id "$f")\"],[\"an answer\",\"proven\",\"$(jq -r .id "$f")\"]]" || return 1
  is_message_id "$("$AICQ" interop dm "$SERVER" "$W/ada.json" "$(jq -r .id "$f")" 'to you' | jq -r .id)" || return 1
  same dms "$("$AICQ" interop dms "$SERVER" "$f" | jq -c '.dms | map([.from, .text, .proof])')" "[[\"$(id_of ada)\",\"to you\",\"proven\"]]"
}

# A program that stands before openssl and jq and writes down what they were called with.
secrets_stay_out_of_arguments() {
  local program seed hex leak
  mkdir -p "$W/spy"
  for program in openssl jq curl od; do
    printf '#!/usr/bin/env bash\nprintf "%%s\\n" "$*" >>%q\nexec %q "$@"\n' "$W/spied" "$(command -v "$program")" >"$W/spy/$program"
    chmod +x "$W/spy/$program"
  done
  printf 'a text that nobody sees' | PATH=$W/spy:$PATH as ada dm send "$(id_of bob)" - >/dev/null || return 1
  PATH=$W/spy:$PATH as bob dms >/dev/null || return 1
  PATH=$W/spy:$PATH as ada create spied --key 'open sesame, please' >/dev/null || return 1
  [[ $(wc -l <"$W/spied") -gt 20 ]] || return 1
  seed=$(jq -r .seed "$W/ada.json") && hex64 "$seed" && hex=$REPLY
  for leak in "$seed" "$hex" 'a text that nobody sees' sesame "$(jq -r .seed "$W/bob.json")"; do
    ! grep -qF -- "$leak" "$W/spied" || { echo "told: $leak" && return 1; }
  done
}

# heeding WHO ARGUMENTS; ignoring WHO ARGUMENTS: as `as`, whether whoever runs the tests ignores the signal of a pipe that nobody reads or not.
heeding() {
  local -a default=(env)
  ! env --default-signal=PIPE true 2>/dev/null || default+=(--default-signal=PIPE)
  TMPDIR=$W/tmp AICQ_URL=$SERVER AICQ_IDENTITY=$W/$1.json "${default[@]}" "$AICQ" "${@:2}"
}
ignoring() (
  trap '' PIPE
  TMPDIR=$W/tmp as "$@"
)

nothing_is_left_behind() {
  local words nth how
  mkdir "$W/tmp"
  TMPDIR=$W/tmp as ada whoami >/dev/null || return 1
  ! TMPDIR=$W/tmp as ada read nowhere 2>/dev/null || return 1
  : >"$W/err"
  TMPDIR=$W/tmp AICQ_URL=$SERVER AICQ_IDENTITY=$W/ada.json "$AICQ" watch global --for 300 2>"$W/err" &
  local watcher=$!
  wait_for_watching || return 1
  kill -TERM "$watcher" && wait "$watcher"
  same 'ended by a signal' $? 143 && same left "$(ls "$W/tmp")" '' || return 1
  cp "$W/ada.json" "$W/piped.json"
  # nor where nobody reads any more what is shown, be it short or longer than a pipe holds
  printf -v words '%4000s' ''
  for nth in {1..20}; do printf '{"room":"global","body":"%s"}' "${words// /x}"; done | jq -s . | as ada batch - >/dev/null || return 1
  for how in heeding ignoring; do
    for words in 'read --limit 50' 'read --limit 50 --json' whoami 'keygen --force'; do
      # shellcheck disable=SC2086 # words
      "$how" piped $words 2>/dev/null | head -c 1 >/dev/null
      # shellcheck disable=SC2086
      "$how" piped $words 2>/dev/null | :
      same "left by $words" "$(ls "$W/tmp")" '' || return 1
    done
    cp "$W/ada.json" "$W/piped.json"
    : >"$W/err"
    { { "$how" piped watch global --for 300 2>"$W/err" && : >"$W/went-on"; } | head -n 1 >/dev/null; } &
    watcher=$!
    wait_for_watching || return 1
    for nth in 1 2 3; do as bob post "number $nth" >/dev/null && sleep 0.2; done
    wait "$watcher"
    same 'left by watch' "$(ls "$W/tmp")" '' && [[ ! -e $W/went-on ]] || return 1
  done
}

readme_runs() {
  sed -n '/^```sh$/,/^```$/p' "$HERE/README.md" | sed '1d;/^```$/,$d' >"$W/program"
  [[ $(wc -l <"$W/program") -le 12 && -s $W/program ]] || return 1
  (cd "$REPOSITORY" && AICQ_URL=$SERVER AICQ_HOME=$W/readme bash -e "$W/program") >"$W/out" 2>"$W/err" || { cat "$W/err" && return 1; }
  grep -q 'hello from a shell' "$W/out"
}

if [[ $GROUP == vectors ]]; then
  test_that 'ids and did:keys follow from seeds' ids_follow_from_seeds
  test_that 'what is no did:key of Ed25519 is refused' other_dids_are_refused
  test_that 'weak keys, and second spellings of keys, are refused' weak_keys_are_refused
  test_that 'message ids are told from other texts' message_ids_are_known
  test_that 'base64 has one spelling' base64_has_one_spelling
  test_that 'the X25519 form of a key follows from it' x25519_forms_follow
  test_that 'requests are signed as the vectors are' requests_are_signed
  test_that 'signatures of v0 verify, and others do not' v0_signatures_verify
  test_that 'messages are proven, unsigned or forged' messages_are_proven
  test_that 'signed direct messages are proven, unsigned or forged' signed_dms_are_proven
  test_that 'bodies of aicq-dm-v1 are read, or refused with the code' bodies_are_read
  test_that 'bodies of aicq-dm-v1 are made as the vectors are' bodies_are_made
  test_that 'tampered bodies are refused' tampered_bodies_are_refused
  test_that 'a text that is too long is not encrypted' long_texts_are_refused
  test_that 'key histories are verified, or refused with the reason' histories_are_verified
  test_that 'of two histories the right one holds' forks_are_decided
  test_that 'a key exchange gives the secret of the vectors' exchanges_give_the_secret
  test_that 'a proof of work has the bits that were asked for' work_is_done
  test_that 'a proof of work is that of the vectors' work_is_that_of_the_vectors
  test_that 'half a surrogate pair in a reply breaks nothing' broken_replies_are_mended
  test_that 'an identity file is for its owner alone, and keeps what it does not know' identity_files_are_kept
  test_that 'what another program has put into an identity file meanwhile stays there' changed_files_are_left_alone
  test_that 'whoever is not understood is told with exit code 2' misuse_is_told
  printf '%d passed, %d failed\n' "$PASSED" "$FAILURES"
  exit $((FAILURES > 0))
fi

# the vectors need no server: they are gone through meanwhile
"$HERE/${BASH_SOURCE[0]##*/}" --vectors "$PATTERN" >"$W/vectors" 2>&1 &
VECTORS_PID=$!

SERVER=${AICQ_URL:-}
for name in admin ada bob; do "$AICQ" keygen --identity "$W/$name.json" >/dev/null; done
make_shim
if [[ -z $SERVER ]]; then start_server || { echo 'not ok  the server starts' && FAILURES=$((FAILURES + 1)); }; fi

if [[ -n $SERVER ]]; then
  test_that 'an agent registers once, and does the work for it' agents_register
  test_that 'an error has its code, and whether it may pass is in the exit code' strangers_are_told
  test_that 'what is posted is read, and proven' posts_are_proven
  test_that 'a server that changes a message is found out' forgeries_are_seen
  test_that 'a text of another moves no cursor and starts no program' terminals_are_left_alone
  test_that 'what is no message is told as such' other_replies_are_told
  test_that 'a post whose answer was lost is one message' lost_answers_are_one_message
  test_that 'a limit is waited for, unless that takes too long' limits_are_waited_for
  test_that 'a wrong clock is corrected, within bounds' clocks_are_corrected
  test_that 'rooms are made, changed, joined and left' rooms_have_members
  test_that 'a private room opens by its key, and by membership' private_rooms_open_by_key
  test_that 'an author takes a message back' messages_are_taken_back
  test_that 'messages are found by their words' messages_are_found
  test_that 'a direct message is read by its recipient alone' dms_are_secret
  test_that 'a direct message that was tampered with is shown as such' tampered_dms_are_seen
  test_that 'nothing is encrypted for a key that is not the recipient'\''s' false_keys_get_nothing
  test_that 'keys are rotated, recovered and closed' keys_are_changed
  test_that 'an interrupted change of keys is settled by the history' interrupted_changes_are_settled
  test_that 'keys of which nobody says whether they are good are kept' keys_are_kept_in_doubt
  test_that 'agents say that they are there, and what became of messages' presence_and_receipts
  test_that 'many things are said in one request' many_at_once
  test_that 'sync tells what happened since the last time' what_happened_is_synced
  test_that 'watch tells what happens, and resumes at a cursor' what_happens_is_watched
  test_that 'watch goes on when the connection fails' watching_goes_on
  test_that 'two agents agree on a secret' secrets_are_exchanged
  test_that 'a server tells of itself' servers_tell_of_themselves
  test_that 'the administrator invites, and nobody else' invitations_are_made
  test_that 'an agent takes its data along, and leaves' agents_leave
  test_that 'the calls for tests across languages speak JSON' interop_speaks_json
  test_that 'no secret stands in the arguments of another program' secrets_stay_out_of_arguments
  test_that 'nothing is left behind' nothing_is_left_behind
  test_that 'the first program of the README runs' readme_runs
fi

wait "$VECTORS_PID"
head -n -1 "$W/vectors"
[[ $(tail -n 1 "$W/vectors") =~ ^([0-9]+)\ passed,\ ([0-9]+)\ failed$ ]] || { echo 'not ok  the vectors are gone through' && BASH_REMATCH=('' 0 1); }
PASSED=$((PASSED + BASH_REMATCH[1])) FAILURES=$((FAILURES + BASH_REMATCH[2]))
printf '%d passed, %d failed\n' "$PASSED" "$FAILURES"
((FAILURES == 0))
