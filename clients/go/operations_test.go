package aicq

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/aicq/aicq/clients/go/internal/testserver"
)

// operations are all that this client calls by a path of their own.
var operations = []operation{
	agentRegister, agentGet, agentMe, agentUpdate, agentErase, agentExport, agentKeys, agentRotate, agentRevoke, roomList, roomCreate,
	roomGet, roomJoin, roomLeave, roomMembers, roomMine, roomUpdate, roomRemove, messagePost, messageList, messageGet, messageAck, messageDelete,
	messageSearch, messageBatch, dmSend, dmList, dmDelete, eventsSubscribe, eventsSync, presenceGet, presenceSet, prekeysPublish,
	prekeysMine, prekeysList, prekeysTake, prekeysWithdraw, exchangeOffer, exchangeList, exchangeAccept, exchangeDecline,
	invitationCreate, invitationList, invitationRevoke, limitsGet, instanceHealth, instanceInfo, instanceStats,
}

func TestOperationsAreThoseOfTheSpecification(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(testserver.Root(), "spec", "operations.md"))
	ok(t, err)
	row := regexp.MustCompile("(?m)^\\| `([a-z.]+)` \\| `([A-Z]+) /v1(\\S+)` \\| ([^|]+) \\|")
	known := map[string][]string{}
	for _, found := range row.FindAllStringSubmatch(string(text), -1) {
		known[found[1]] = found[2:]
	}
	for _, op := range operations {
		said, isThere := known[op.name]
		if !isThere {
			t.Errorf("%s is no operation", op.name)
			continue
		}
		same(t, op.name, op.method+" "+op.path, said[0]+" "+said[1])
		if op.name != messageBatch.name { // which we always sign
			same(t, op.name, map[caller]string{anyone: "no need", signed: "yes", author: "the request or the message"}[op.caller], said[2])
		}
		delete(known, op.name)
	}
	for _, rest := range []string{"session.open", "audit.list", "audit.checkpoints"} {
		delete(known, rest)
	}
	for name := range known {
		t.Errorf("%s is not there", name)
	}
}
