import js from '@eslint/js';
import reactHooks from 'eslint-plugin-react-hooks';
import { defineConfig, globalIgnores } from 'eslint/config';
import tseslint from 'typescript-eslint';

const NO_HTML =
  'Log text, ids and messages are hostile: show them as React text nodes only.';

export default defineConfig(
  globalIgnores([
    'node_modules/',
    'labextension/lib/',
    'alphamed_nb/',
    'build/',
    'dist/',
    '.venv*/'
  ]),
  js.configs.recommended,
  tseslint.configs.strict,
  tseslint.configs.stylistic,
  {
    plugins: { 'react-hooks': reactHooks },
    rules: {
      eqeqeq: 'error',
      curly: 'error',
      'no-console': 'error',
      // Text of terminals is full of them.
      'no-control-regex': 'off',
      'react-hooks/rules-of-hooks': 'error',
      'react-hooks/exhaustive-deps': 'error',
      // JupyterLab's interfaces begin with I, and empty ones and functions are part of many of them.
      '@typescript-eslint/no-empty-function': 'off',
      '@typescript-eslint/no-empty-object-type': 'off',
      // What an effect or a listener returns.
      '@typescript-eslint/no-invalid-void-type': 'off',
      // A token has the name of its interface.
      '@typescript-eslint/no-redeclare': 'off',
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }
      ],
      'no-restricted-syntax': [
        'error',
        {
          selector: "JSXAttribute[name.name='dangerouslySetInnerHTML']",
          message: NO_HTML
        },
        {
          selector: "Property[key.name='dangerouslySetInnerHTML']",
          message: NO_HTML
        },
        {
          selector:
            'AssignmentExpression[left.property.name=/^(innerHTML|outerHTML)$/]',
          message: NO_HTML
        },
        {
          selector: "CallExpression[callee.property.name='insertAdjacentHTML']",
          message: NO_HTML
        }
      ]
    }
  },
  {
    files: ['labextension/src/model/**'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              group: ['react', 'react-dom', '@jupyterlab/*', '**/views/**'],
              allowTypeImports: true,
              message:
                'The model is pure: no DOM, no network, no React. Types are welcome.'
            }
          ]
        }
      ]
    }
  },
  {
    // Tests take what they just made as given.
    files: ['labextension/tests/**'],
    rules: { '@typescript-eslint/no-non-null-assertion': 'off' }
  }
);
