{{- define "secondline.image" -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end -}}

{{- define "secondline.labels" -}}
app.kubernetes.io/name: secondline
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .part }}
{{- end -}}

{{- define "secondline.pod" -}}
automountServiceAccountToken: false
securityContext:
  runAsNonRoot: true
  runAsUser: 10001
  runAsGroup: 10001
  fsGroup: 10001
  seccompProfile: {type: RuntimeDefault}
containers:
  - name: {{ .part }}
    image: {{ include "secondline.image" .root | quote }}
    imagePullPolicy: {{ .root.Values.image.pullPolicy }}
    args: ["run", {{ .part | quote }}, "--config", "/etc/secondline/secondline.yaml"]
    securityContext:
      allowPrivilegeEscalation: false
      readOnlyRootFilesystem: true
      capabilities: {drop: [ALL]}
    env:
      - name: SECONDLINE__RECORDS__DATABASE_FILE
        value: /run/secrets/secondline/database
    {{- if .port }}
    ports:
      - {name: http, containerPort: {{ .port }}}
    readinessProbe:
      httpGet: {path: {{ .ready }}, port: http}
      periodSeconds: 5
    livenessProbe:
      httpGet: {path: {{ .live }}, port: http}
      periodSeconds: 10
      failureThreshold: 6
    {{- end }}
    resources: {{- toYaml (index .root.Values.resources .part) | nindent 6 }}
    volumeMounts:
      - {name: kept, mountPath: /var/lib/secondline}
      - {name: settings, mountPath: /etc/secondline, readOnly: true}
      - {name: database, mountPath: /run/secrets/secondline, readOnly: true}
      - {name: scratch, mountPath: /tmp}
volumes:
  - name: kept
    persistentVolumeClaim: {claimName: {{ .root.Release.Name }}-kept}
  - name: settings
    configMap: {name: {{ .root.Release.Name }}-settings}
  - name: database
    secret: {secretName: {{ .root.Values.databaseSecret | quote }}, defaultMode: 0440}
  - name: scratch
    emptyDir: {}
{{- end -}}

{{- define "secondline.deployment" -}}
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ .root.Release.Name }}-{{ .part }}
  labels: {{- include "secondline.labels" . | nindent 4 }}
spec:
  replicas: {{ .replicas }}
  {{- if eq (int .replicas) 1 }}
  strategy: {type: Recreate}
  {{- end }}
  selector:
    matchLabels: {{- include "secondline.labels" . | nindent 6 }}
  template:
    metadata:
      labels: {{- include "secondline.labels" . | nindent 8 }}
      annotations:
        # A changed setting starts the pods again.
        checksum/settings: {{ include (print .root.Template.BasePath "/settings.yaml") .root | sha256sum }}
    spec: {{- include "secondline.pod" . | nindent 6 }}
{{- end -}}
