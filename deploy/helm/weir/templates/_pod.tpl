{{- /* What all pods share. Arguments: a list of the root and the name of the role. */ -}}

{{- define "weir.podSecurity" -}}
runAsNonRoot: true
runAsUser: 10001
runAsGroup: 10001
fsGroup: 10001
fsGroupChangePolicy: OnRootMismatch
seccompProfile: {type: RuntimeDefault}
{{- with .Values.sysctls }}
sysctls:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{- define "weir.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: {drop: [ALL]}
{{- end }}

{{- /* Behind a probe's port: nothing for HTTP in the clear. */ -}}
{{- define "weir.httpsScheme" -}}
{{ if and .Values.tls.http .Values.tls.existingSecret }}, scheme: HTTPS{{ end }}
{{- end }}

{{- /* The roles whose secrets a pod has: its own, and those of who speaks to it. Arguments: root, role. A JSON list. */ -}}
{{- define "weir.provenRoles" -}}
{{- $root := index . 0 -}}
{{- $roles := dict "coordinator" (list "ingest" "worker" "executor" "viewer" "operator" "admin") "ingest" (list "ingest") "worker" (list "ingest" "worker") "executor" (list "executor") "test" (list "viewer") -}}
{{- if eq $root.Values.auth.secrets "cluster" }}[]{{ else }}{{ index $roles (index . 1) | toJson }}{{ end -}}
{{- end }}

{{- /* Also what weirctl goes by in the pod. Arguments: root, role. */ -}}
{{- define "weir.securityVariables" -}}
{{- $root := index . 0 -}}
{{- if ne $root.Values.auth.secrets "roles" }}
- {name: WEIR_SECURITY_SECRET_FILE, value: /etc/weir/auth/secret}
{{- end }}
{{- range include "weir.provenRoles" . | fromJsonArray }}
- {name: WEIR_SECURITY_ROLE_SECRETS_{{ upper . }}, value: /etc/weir/auth/role-{{ . }}}
{{- end }}
{{- with $root }}
{{- if .Values.tls.existingSecret }}
- {name: WEIR_SECURITY_TLS_CA, value: /etc/weir/tls/ca.crt}
- {name: WEIR_SECURITY_TLS_CERTIFICATE, value: /etc/weir/tls/tls.crt}
- {name: WEIR_SECURITY_TLS_KEY, value: /etc/weir/tls/tls.key}
- {name: WEIR_SECURITY_TLS_PEER_NAME, value: {{ .Values.tls.peerName | quote }}}
{{- end }}
{{- end }}
{{- end }}

{{- define "weir.securityMounts" -}}
- {name: auth, mountPath: /etc/weir/auth, readOnly: true}
{{- if .Values.tls.existingSecret }}
- {name: tls, mountPath: /etc/weir/tls, readOnly: true}
{{- end }}
{{- end }}

{{- /* A pod finds the secrets that it needs, and no others. Arguments: root, role. */ -}}
{{- define "weir.securityVolumes" -}}
{{- $root := index . 0 -}}
- name: auth
  secret:
    secretName: {{ include "weir.authSecret" $root }}
    defaultMode: 0440
    items:
      {{- if ne $root.Values.auth.secrets "roles" }}
      - {key: secret, path: secret}
      {{- end }}
      {{- range include "weir.provenRoles" . | fromJsonArray }}
      - {key: role-{{ . }}, path: role-{{ . }}}
      {{- end }}
      {{- if ne (index . 1) "test" }}
      - {key: token, path: token}
      {{- range $name, $_ := $root.Values.auth.tokens }}
      - {key: token-{{ $name }}, path: token-{{ $name }}}
      {{- end }}
      {{- end }}
{{- if $root.Values.tls.existingSecret }}
- name: tls
  secret: {secretName: {{ $root.Values.tls.existingSecret }}, defaultMode: 0440}
{{- end }}
{{- end }}

{{- /* The template of a role's pods. Arguments: root, role, the role's own flags, its port's name and number. */ -}}
{{- define "weir.podTemplate" -}}
{{- $root := index . 0 }}{{ $role := index . 1 }}{{ $flags := index . 2 }}{{ $portName := index . 3 }}{{ $port := index . 4 -}}
{{- $values := index $root.Values $role -}}
metadata:
  labels:
    {{- include "weir.selector" $root | nindent 4 }}
    app.kubernetes.io/component: {{ $role }}
  annotations:
    checksum/config: {{ include (print $root.Template.BasePath "/config.yaml") $root | sha256sum }}
spec:
  automountServiceAccountToken: false
  # Kubernetes would set WEIR_… variables for services, and Weir reads such ones.
  enableServiceLinks: false
  terminationGracePeriodSeconds: 30
  securityContext:
    {{- include "weir.podSecurity" $root | nindent 4 }}
  {{- with $root.Values.image.pullSecrets }}
  imagePullSecrets:
    {{- range . }}
    - name: {{ . }}
    {{- end }}
  {{- end }}
  {{- with $values.priorityClassName }}
  priorityClassName: {{ . }}
  {{- end }}
  {{- with $values.nodeSelector }}
  nodeSelector:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with $values.tolerations }}
  tolerations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- if and (ne $root.Values.antiAffinity "none") (or (ne $role "coordinator") (gt (int $root.Values.coordinator.replicas) 1)) }}
  affinity:
    podAntiAffinity:
      {{- if eq $root.Values.antiAffinity "hard" }}
      requiredDuringSchedulingIgnoredDuringExecution:
        - topologyKey: kubernetes.io/hostname
          labelSelector:
            matchLabels:
              {{- include "weir.selector" $root | nindent 14 }}
              app.kubernetes.io/component: {{ $role }}
      {{- else }}
      preferredDuringSchedulingIgnoredDuringExecution:
        - weight: 100
          podAffinityTerm:
            topologyKey: kubernetes.io/hostname
            labelSelector:
              matchLabels:
                {{- include "weir.selector" $root | nindent 16 }}
                app.kubernetes.io/component: {{ $role }}
      {{- end }}
  {{- end }}
  containers:
    - name: {{ $role }}
      image: {{ include "weir.image" $root | quote }}
      imagePullPolicy: {{ $root.Values.image.pullPolicy }}
      args:
        - {{ $role }}
        - --name=$(POD_NAME)
        - --config=/etc/weir/config/weir.yaml
        - --data=/var/lib/weir
        {{- range $flags }}
        - {{ . | quote }}
        {{- end }}
        - --http=0.0.0.0:8063
        - --token-file=/etc/weir/auth/token
        {{- range $name, $holder := $root.Values.auth.tokens }}
        - --token={{ $name }}:{{ $holder }}=/etc/weir/auth/token-{{ $name }}
        {{- end }}
        {{- if $root.Values.auth.auditLog }}
        - --audit-log=/var/lib/weir/audit.ndjson
        {{- end }}
        - --log-format=json
      env:
        - name: POD_NAME
          valueFrom: {fieldRef: {fieldPath: metadata.name}}
        - name: POD_IP
          valueFrom: {fieldRef: {fieldPath: status.podIP}}
        {{- include "weir.securityVariables" (list $root $role) | nindent 8 }}
        {{- with $values.env }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
        {{- if include "weir.httpsScheme" $root }}
        - {name: WEIR_HTTP_TLS_CERTIFICATE, value: /etc/weir/tls/tls.crt}
        - {name: WEIR_HTTP_TLS_KEY, value: /etc/weir/tls/tls.key}
        {{- end }}
      ports:
        - {name: {{ $portName }}, containerPort: {{ $port }}}
        - {name: http, containerPort: 8063}
      # Before it answers it may have a journal to read.
      startupProbe:
        httpGet: {path: /health, port: http{{ include "weir.httpsScheme" $root }}}
        periodSeconds: 5
        timeoutSeconds: 5
        failureThreshold: 120
      livenessProbe:
        httpGet: {path: /health, port: http{{ include "weir.httpsScheme" $root }}}
        periodSeconds: 10
        timeoutSeconds: 5
        failureThreshold: 6
      readinessProbe:
        httpGet: {path: /ready, port: http{{ include "weir.httpsScheme" $root }}}
        periodSeconds: 5
        timeoutSeconds: 5
        failureThreshold: 2
      resources:
        {{- toYaml $values.resources | nindent 8 }}
      securityContext:
        {{- include "weir.containerSecurity" $root | nindent 8 }}
      volumeMounts:
        - {name: data, mountPath: /var/lib/weir}
        - {name: config, mountPath: /etc/weir/config, readOnly: true}
        # SQLite's temporary files.
        - {name: tmp, mountPath: /tmp}
        {{- include "weir.securityMounts" $root | nindent 8 }}
        {{- if $values.secretFiles }}
        - {name: files, mountPath: /etc/weir/files, readOnly: true}
        {{- end }}
  volumes:
    - name: config
      configMap: {name: {{ include "weir.fullname" $root }}-config}
    - name: tmp
      emptyDir: {}
    {{- include "weir.securityVolumes" (list $root $role) | nindent 4 }}
    {{- with $values.secretFiles }}
    - name: files
      secret: {secretName: {{ . }}, defaultMode: 0440}
    {{- end }}
    {{- if not (hasKey $values "persistence") }}
    - name: data
      emptyDir: {}
    {{- end }}
{{- end }}

{{- /* A role's StatefulSet. Arguments: as above, and the number of replicas, or nil where it is another's to say. */ -}}
{{- define "weir.statefulSet" -}}
{{- $root := index . 0 }}{{ $role := index . 1 }}{{ $replicas := index . 5 -}}
{{- $values := index $root.Values $role -}}
apiVersion: apps/v1
kind: StatefulSet
metadata:
  name: {{ include "weir.fullname" $root }}-{{ $role }}
  labels:
    {{- include "weir.labels" $root | nindent 4 }}
    app.kubernetes.io/component: {{ $role }}
spec:
  {{- if $replicas }}
  replicas: {{ $replicas }}
  {{- end }}
  serviceName: {{ include "weir.fullname" $root }}-nodes
  # Roles start in any order.
  podManagementPolicy: Parallel
  selector:
    matchLabels:
      {{- include "weir.selector" $root | nindent 6 }}
      app.kubernetes.io/component: {{ $role }}
  template:
    {{- include "weir.podTemplate" . | nindent 4 }}
  {{- with $values.persistence }}
  volumeClaimTemplates:
    - apiVersion: v1
      kind: PersistentVolumeClaim
      metadata:
        name: data
      spec:
        accessModes: [ReadWriteOnce]
        {{- with .storageClass }}
        storageClassName: {{ . }}
        {{- end }}
        resources:
          requests: {storage: {{ .size }}}
  {{- end }}
{{- end }}

{{- /* Arguments: root, role. */ -}}
{{- define "weir.disruptionBudget" -}}
{{- $root := index . 0 }}{{ $role := index . 1 -}}
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  name: {{ include "weir.fullname" $root }}-{{ $role }}
  labels:
    {{- include "weir.labels" $root | nindent 4 }}
    app.kubernetes.io/component: {{ $role }}
spec:
  maxUnavailable: 1
  selector:
    matchLabels:
      {{- include "weir.selector" $root | nindent 6 }}
      app.kubernetes.io/component: {{ $role }}
{{- end }}
