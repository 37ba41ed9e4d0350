// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vipward/internal/lab"
)

// checkedMailing has a server for each kind of check; nobody answers any of them but the
// first.
func checkedMailing(flag string) string {
	var b strings.Builder
	b.WriteString(`global_defs {
  router_id lbx
  script_user root
  enable_script_security
  notification_email {
    root@example.com
  }
  notification_email_from ka@example.com
  smtp_server 127.0.0.25 25
}
virtual_server 10.9.0.1 80 {
  delay_loop 1
  protocol TCP
  lvs_sched rr
  lvs_method NAT
  smtp_alert
`)
	for i, check := range []string{
		"TCP_CHECK {\n",
		"HTTP_GET {\n url {\n path /\n status_code 200\n }\n",
		"HTTP_GET {\n url {\n path /\n status_code 404\n }\n",
		"HTTP_GET {\n url {\n path /\n digest 0123456789abcdef0123456789abcdef\n }\n",
		"HTTP_GET {\n url {\n path /\n regex nothing\n }\n",
		"SSL_GET {\n url {\n path /\n status_code 200\n }\n",
		"SMTP_CHECK {\n",
		"DNS_CHECK {\n",
		"UDP_CHECK {\n require_reply\n",
		"PING_CHECK {\n",
		"MISC_CHECK {\n misc_path \"/usr/bin/test -e " + flag + "\"\n",
	} {
		addr := fmt.Sprintf("127.0.0.%d", 11+i)
		if strings.HasPrefix(check, "PING") {
			addr = "192.0.2.1" // no route leads there
		}
		quick := " warmup 0\n retry 0\n delay_before_retry 1\n"
		if !strings.HasPrefix(check, "MISC") {
			quick += " connect_timeout 1\n"
		}
		fmt.Fprintf(&b, "real_server %s 80 {\n weight 1\n %s%s }\n}\n", addr, check, quick)
	}
	return b.String() + "}\n"
}

func checkerMailsOf(t *testing.T, kind lab.Kind) []string {
	t.Helper()
	lb := lab.NewNet(t).Host("lb1", "10.0.0.1/24")
	server, flag := lb.MailServer("127.0.0.25:25"), filepath.Join(t.TempDir(), "up")
	tcp := lb.Web("127.0.0.11:80")
	lb.Web("127.0.0.13:80")
	lb.Web("127.0.0.14:80")
	lb.Web("127.0.0.15:80")
	lab.StartDaemon(lb, kind, checkedMailing(flag))
	came := func(n int) {
		lab.Wait(t, patient, fmt.Sprint(n, " mails"), func() error {
			if mails := server.Mails(); len(mails) < n {
				return fmt.Errorf("they are\n%s", strings.Join(mails, "\n"))
			}
			return nil
		})
	}
	came(11) // the quorum, and ten servers that have failed
	tcp.Stop()
	came(13)
	tcp.Start()
	came(15)
	lb.Web("127.0.0.12:80")
	lb.MailServer("127.0.0.17:80")
	if err := os.WriteFile(flag, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	came(18)
	return server.Mails()
}

// TestCheckerMailsAsKeepalived: mails of servers of each kind of check, and of the quorum.
func TestCheckerMailsAsKeepalived(t *testing.T) {
	t.Parallel()
	if !needIPVS(t) {
		return
	}
	ours, theirs := checkerMailsOf(t, lab.Vipward), checkerMailsOf(t, lab.Keepalived)
	if diff := cmp.Diff(theirs, ours); diff != "" {
		t.Errorf("(-keepalived +vipward):\n%s", diff)
	}
}
