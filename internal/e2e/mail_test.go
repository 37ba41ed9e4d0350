// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vipward/internal/lab"
)

const mailing = `global_defs {
  router_id lbx
  notification_email {
    root@example.com
    two@example.com
  }
  notification_email_from ka@example.com
  smtp_server 127.0.0.1
}
vrrp_sync_group G {
  group {
    VI_2
    VI_3
  }
  smtp_alert
}
vrrp_instance VI_1 {
  interface eth0
  virtual_router_id 51
  version 3
  advert_int 0.2
  smtp_alert
  virtual_ipaddress {
    10.0.1.100/24
  }
}
vrrp_instance VI_2 {
  interface eth0
  virtual_router_id 52
  version 3
  advert_int 0.2
  virtual_ipaddress {
    10.0.0.102/24
  }
}
vrrp_instance VI_3 {
  interface eth0
  virtual_router_id 53
  version 3
  advert_int 0.2
  smtp_alert
  virtual_ipaddress {
    10.0.1.103/24
  }
}
`

// mailsOf runs a daemon through all states and gives what it mailed.
func mailsOf(t *testing.T, kind lab.Kind) []string {
	t.Helper()
	lb := lab.NewNet(t).Host("lb1", "10.0.0.1/24")
	server := lb.MailServer("127.0.0.1:25")
	d := lab.StartDaemon(lb, kind, mailing)
	came := func(state string, times int) {
		for _, who := range []string{"VRRP Instance VI_1", "VRRP Instance VI_3", "VRRP Group G"} {
			subject := fmt.Sprintf("Subject: [lbx] %s - Entering %s state", who, state)
			lab.Wait(t, patient, subject, func() error {
				if all := strings.Join(server.Mails(), "\n"); strings.Count(all, subject) < times {
					return fmt.Errorf("not %d times in\n%s", times, all)
				}
				return nil
			})
		}
	}
	came("MASTER", 1)
	lb.UnplugAll()
	came("FAULT", 1)
	lb.Plug("eth0")
	came("BACKUP", 2)
	d.Stop()
	return slices.Compact(server.Mails()) // a busy machine may have more changes
}

// TestMailsAsKeepalived: envelope, headers and bodies of instances and groups.
func TestMailsAsKeepalived(t *testing.T) {
	t.Parallel()
	ours, theirs := mailsOf(t, lab.Vipward), mailsOf(t, lab.Keepalived)
	if diff := cmp.Diff(theirs, ours); diff != "" {
		t.Errorf("(-keepalived +vipward):\n%s", diff)
	}
	if !strings.Contains(strings.Join(ours, "\n"), "Subject: [lbx] VRRP Group G - Entering FAULT state") {
		t.Errorf("mails:\n%s", strings.Join(ours, "\n\n"))
	}
}
