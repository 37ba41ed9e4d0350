// SPDX-License-Identifier: Apache-2.0

package main

import (
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vipward/conf"
)

var update = flag.Bool("update", false, "rewrite the golden files")

const describedConfig = `global_defs {
  router_id LVS_MAIN
  notification_email {
    admin@example.com
  }
  notification_email_from lb@example.com
  smtp_server 192.0.2.25
}
vrrp_script chk_haproxy {
  script "killall -0 haproxy"
  interval 2
  weight -60
}
vrrp_instance VI_1 {
  state MASTER
  interface eth0
  virtual_router_id 51
  priority 150
  unicast_src_ip 192.168.0.24
  unicast_peer {
    192.168.0.66
  }
  authentication {
    auth_type PASS
    auth_pass d0ck3r
  }
  virtual_ipaddress {
    192.168.0.150/24
  }
  virtual_ipaddress_excluded {
    192.168.1.150/24
  }
  track_script {
    chk_haproxy
  }
}
virtual_server 192.168.0.150 80 {
  delay_loop 5
  lb_algo wlc
  lb_kind NAT
  persistence_timeout 600
  protocol TCP
  sorry_server 127.0.0.1 80
  real_server 172.20.0.50 80 {
    weight 100
    TCP_CHECK {
      connect_timeout 10
    }
  }
}
`

func TestDescribe(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "k.conf")
	must(t, os.WriteFile(path, []byte(describedConfig), 0o600))
	l := conf.Load(path)
	if l.Config == nil {
		t.Fatalf("cannot be run: %v", l.Diagnostics)
	}
	got := describeConfig(l.Config)
	golden := filepath.Join("testdata", "describe.txt")
	if *update {
		must(t, os.MkdirAll("testdata", 0o755))
		must(t, os.WriteFile(golden, []byte(got), 0o644))
	}
	if diff := cmp.Diff(readFile(t, golden), got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
