// SPDX-License-Identifier: Apache-2.0

package conf

import (
	"os"
	"testing"
)

func TestTmp(t *testing.T) {
	for _, f := range []string{"seed-master.conf", "seed-backup.conf", "seed-template.conf"} {
		l := Load("../../shared/corpus/seed/" + f)
		Print(os.Stdout, l.Diagnostics)
		t.Logf("%s fatal=%v exit=%d", f, l.Fatal(), TestExit(l.Diagnostics))
	}
}
