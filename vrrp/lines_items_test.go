// SPDX-License-Identifier: Apache-2.0

package vrrp

import (
	"net/netip"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"vipward/conf"
)

func TestItemLinesNameWhatThereIs(t *testing.T) {
	t.Parallel()
	vips := []conf.Address{{Prefix: netip.MustParsePrefix("10.0.0.100/24")}}
	tests := []struct {
		name              string
		c                 conf.Instance
		setting, removing []string
	}{
		{"nothing", conf.Instance{Name: "A", Accept: true}, nil, nil},
		{"addresses", conf.Instance{Name: "A", Accept: true, VIPs: vips}, []string{"(A) setting VIPs."}, []string{"(A) removing VIPs."}},
		{
			"all",
			conf.Instance{Name: "A", Accept: true, VIPs: vips, ExcludedVIPs: vips, Routes: make([]conf.Route, 1), Rules: make([]conf.Rule, 1)},
			[]string{"(A) setting VIPs.", "(A) setting E-VIPs.", "(A) setting Virtual Routes", "(A) setting Virtual Rules"},
			[]string{"(A) removing Virtual Rules", "(A) removing Virtual Routes", "(A) removing VIPs.", "(A) removing E-VIPs."},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if diff := gocmp.Diff(tt.setting, settingLines(&tt.c)); diff != "" {
				t.Errorf("setting (-want +got):\n%s", diff)
			}
			if diff := gocmp.Diff(tt.removing, removingLines(&tt.c)); diff != "" {
				t.Errorf("removing (-want +got):\n%s", diff)
			}
		})
	}
}
